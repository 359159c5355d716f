#include "backup/acts.h"

#include <string.h>

#include "acme/problem.h"
#include "jose/jwk.h"
#include "store/block.h"
#include "store/blocked.h"
#include "store/eab.h"
#include "store/limit.h"
#include "store/person.h"
#include "store/recover.h"
#include "store/renewal.h"
#include "store/session.h"
#include "store/token.h"

// It is lost, or as it should be already.
static bool is_past(int error)
{
	return error == XICA_ENOTFOUND || error == XICA_ECONFLICT;
}

// --- blocks

static int block(struct store_txn *txn, const struct inspect_act *act, enum store_block_kind kind)
{
	const struct store_block row = {.kind = kind, .value = act->value, .below = act->flag, .reason = act->text, .who = act->by, .time = act->time};
	return store_block_put(txn, &row);
}

// --- accounts

// An account without a certificate stands in the log by such acts alone.
static int bring_account(struct store_txn *txn, const struct inspect_act *act)
{
	struct store_account account = {.id = act->id, .jwk = act->text, .created = act->time};
	struct jwk key;
	int error = jwk_parse_text(act->text, &key);
	if (error)
		return error;
	memcpy(account.thumbprint, key.thumbprint, sizeof(account.thumbprint));
	jwk_free(&key);
	return store_recover_account(txn, &account);
}

static int change_account(struct store_txn *txn, const struct inspect_act *act, enum store_account_status status, struct backup_acts *acts)
{
	int error = store_recover_account_status(txn, act->id, status, act->flag);
	if (error != XICA_ENOTFOUND)
		return error;
	error = bring_account(txn, act);
	if (!error)
		return store_recover_account_status(txn, act->id, status, act->flag);
	acts->lost += error != XICA_ENOMEM;
	return error == XICA_ENOMEM ? error : XICA_ENOTFOUND;
}

// --- people

// As the command does it: no session, and no link in a letter that leads to one.
static int log_out(struct store_txn *txn, int64_t person)
{
	size_t count = 0;
	int error = store_token_void(txn, person, STORE_TOKEN_RESET);
	if (!error)
		error = store_token_void(txn, person, STORE_TOKEN_ADDRESS);
	return error ? error : store_session_end_all(txn, person, 0, &count);
}

static int suspend_person(struct store_txn *txn, int64_t person)
{
	int error = store_person_change(txn, person, STORE_PERSON_ACTIVE, STORE_PERSON_SUSPENDED);
	return error ? error : log_out(txn, person);
}

static int set_operator(struct store_txn *txn, const struct inspect_act *act)
{
	int error = store_person_set_operator(txn, act->id, act->flag);
	return error ? error : log_out(txn, act->id);
}

// --- the rest

static int set_rate(struct store_txn *txn, const struct inspect_act *act, bool drop)
{
	struct store_override row = {.owner = act->value, .reason = act->text, .rate = act->rate, .time = act->time};
	if (!store_limit_kind_parse(act->limit, &row.kind))
		return XICA_ENOTFOUND;
	return drop ? store_override_delete(txn, row.kind, row.owner) : store_override_put(txn, &row);
}

static int refuse_order(struct store_txn *txn, const struct inspect_act *act)
{
	cleanup_buf text = BUF_INIT, detail = BUF_INIT;
	buf_addf(&detail, "those who run this CA looked at this order and refused it%s%.*s", act->text.len ? ": " : "", VIEW_FMT(act->text));
	const struct acme_problem problem = {.type = ACME_REJECTED_IDENTIFIER, .detail = buf_cstr(&detail)};
	int error = problem.detail ? acme_problem_write(&problem, &text) : XICA_ENOMEM;
	return error ? error : store_order_fail(txn, act->id, STORE_ORDER_PROCESSING, buf_view(&text));
}

// Its secret is not in the log.
static int miss_key(struct store_txn *txn, const struct inspect_act *act, struct backup_acts *acts)
{
	cleanup_arena arena = ARENA_INIT;
	struct store_eab key;
	int error = store_eab_get(txn, act->value, &arena, &key);
	acts->keys_lost += error == XICA_ENOTFOUND;
	return error ? error : XICA_ECONFLICT; // nothing was done
}

static int carry_out(struct store_txn *txn, const struct inspect_act *act, struct backup_acts *acts)
{
	switch (act->kind) {
	case INSPECT_ACT_KEY_BLOCKED: return store_blocked_add(txn, act->hash, act->text, act->time);
	case INSPECT_ACT_NAME_BLOCKED: return block(txn, act, STORE_BLOCK_NAME);
	case INSPECT_ACT_NETWORK_BLOCKED: return block(txn, act, STORE_BLOCK_NETWORK);
	case INSPECT_ACT_NAME_UNBLOCKED: return store_block_delete(txn, STORE_BLOCK_NAME, act->value);
	case INSPECT_ACT_NETWORK_UNBLOCKED: return store_block_delete(txn, STORE_BLOCK_NETWORK, act->value);
	case INSPECT_ACT_ACCOUNT_VALID: return change_account(txn, act, STORE_ACCOUNT_VALID, acts);
	case INSPECT_ACT_ACCOUNT_SUSPENDED: return change_account(txn, act, STORE_ACCOUNT_REVOKED, acts);
	case INSPECT_ACT_ACCOUNT_DEACTIVATED: return change_account(txn, act, STORE_ACCOUNT_DEACTIVATED, acts);
	case INSPECT_ACT_PERSON_SUSPENDED: return suspend_person(txn, act->id);
	case INSPECT_ACT_PERSON_RESUMED: return store_person_change(txn, act->id, STORE_PERSON_SUSPENDED, STORE_PERSON_ACTIVE);
	case INSPECT_ACT_PERSON_OPERATOR: return set_operator(txn, act);
	case INSPECT_ACT_PERSON_LOGGED_OUT: return log_out(txn, act->id);
	case INSPECT_ACT_PERSON_DELETED: return store_person_delete(txn, act->id, act->time);
	case INSPECT_ACT_EAB_MADE: return miss_key(txn, act, acts);
	case INSPECT_ACT_EAB_REVOKED: return store_eab_revoke(txn, act->value, act->time);
	case INSPECT_ACT_RATE_SET: return set_rate(txn, act, false);
	case INSPECT_ACT_RATE_DROPPED: return set_rate(txn, act, true);
	case INSPECT_ACT_RENEWAL_CALLED: return store_renewal_call_put(txn, act->value, &(struct store_renewal_call){act->time, act->text});
	case INSPECT_ACT_RENEWAL_WITHDRAWN: return store_renewal_call_drop(txn, act->value);
	case INSPECT_ACT_ORDER_APPROVED: return store_order_review(txn, act->id, STORE_REVIEW_WAITS, STORE_REVIEW_APPROVED);
	case INSPECT_ACT_ORDER_REFUSED: return refuse_order(txn, act);
	}
	return XICA_OK;
}

int backup_act(struct store_txn *txn, const struct inspect_act *act, struct backup_acts *acts)
{
	int error = carry_out(txn, act, acts);
	acts->done += !error;
	return is_past(error) ? XICA_OK : error;
}
