// Gathers what the signer wants to see for an order: the finalize request, the receipts, the key changes; CAA answers made fresh where they are too old.
#include "base/log.h"
#include "jose/jwk.h"
#include "role/registrar/issue.h"

#include <string.h>

static int load_key_changes(struct store_txn *txn, struct issuance *issuance)
{
	struct store_key_change *changes;
	size_t count;
	int error = store_account_key_changes(txn, issuance->account, ISSUE_KEY_CHANGES_MAX, &issuance->arena, &changes, &count);
	if (error)
		return error;
	issuance->key_changes = arena_array(&issuance->arena, count + 1, sizeof(*issuance->key_changes));
	if (!issuance->key_changes)
		return XICA_ENOMEM;
	for (size_t i = 0; i < count; i++)
		issuance->key_changes[i] = changes[i].jws;
	issuance->key_change_count = count;
	return XICA_OK;
}

// Did an earlier name bring the same control receipt?
static bool has_earlier(const struct issuance *issuance, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (issuance->names[i].authz.id == issuance->names[index].authz.id)
			return true;
	return false;
}

// Control, which several names of the order may have in common; and CAA, which each has for itself.
static int load_receipts_of(struct store_txn *txn, struct issuance *issuance, size_t index)
{
	static const enum receipt_kind KINDS[] = {RECEIPT_CONTROL, RECEIPT_CAA};
	const struct store_order_name *name = &issuance->names[index];
	issuance->identifiers[index] = name->identifier;
	for (size_t k = has_earlier(issuance, index) ? 1 : 0; k < 2; k++) {
		struct store_receipt receipt = {.bytes = name->caa};
		int error = name->below && KINDS[k] == RECEIPT_CAA
				    ? (name->caa.len ? XICA_OK : XICA_ENOTFOUND)
				    : store_receipt_get(txn, name->authz.id, KINDS[k], &issuance->arena, &receipt);
		if (error && error != XICA_ENOTFOUND)
			return error;
		if (!error)
			issuance->receipts[issuance->receipt_count++] = receipt.bytes;
	}
	return XICA_OK;
}

static int load_receipts(struct store_txn *txn, struct issuance *issuance)
{
	struct arena *arena = &issuance->arena;
	issuance->receipts = arena_array(arena, issuance->count * 2 + 1, sizeof(*issuance->receipts));
	issuance->identifiers = arena_array(arena, issuance->count + 1, sizeof(*issuance->identifiers));
	issuance->receipt_count = 0;
	if (!issuance->receipts || !issuance->identifiers)
		return XICA_ENOMEM;
	int error = XICA_OK;
	for (size_t i = 0; !error && i < issuance->count; i++)
		error = load_receipts_of(txn, issuance, i);
	return error;
}

// What the texts of order and account belong to must live as long as the issuance.
static int load_evidence(struct store_txn *txn, struct issuance *issuance, const struct store_order *order, const struct store_account *account)
{
	issuance->account = account->id;
	issuance->jwk = account->jwk;
	issuance->profile = order->profile;
	issuance->csr = order->csr;
	issuance->jws = order->finalize_jws;
	issuance->not_before = order->not_before;
	issuance->not_after = order->not_after;
	int error = store_authz_order_names(txn, order->id, &issuance->arena, &issuance->names, &issuance->count);
	if (error || (error = load_receipts(txn, issuance)))
		return error;
	return load_key_changes(txn, issuance);
}

static int load(struct store_txn *txn, void *context)
{
	struct issuance *issuance = context;
	struct store_order order;
	struct store_account account;
	int error = store_order_by_id(txn, issuance->order, &issuance->arena, &order);
	if (error)
		return error;
	if (order.status != STORE_ORDER_PROCESSING)
		return XICA_ECONFLICT;
	issuance->waits = order.review == STORE_REVIEW_WAITS;
	if (issuance->waits)
		return XICA_OK;
	error = store_account_get(txn, order.account, &issuance->arena, &account);
	return error ? error : load_evidence(txn, issuance, &order, &account);
}

int issuance_load_now(struct store_txn *txn, struct registrar *registrar, const struct store_order *order, const struct store_account *account,
		      struct issuance **ret_issuance)
{
	struct issuance *issuance = issuance_aside(registrar);
	if (!issuance)
		return XICA_ENOMEM;
	struct arena *arena = &issuance->arena;
	struct store_order its_order = *order;
	struct store_account its_account = *account;
	its_order.profile = arena_copy(arena, order->profile);
	its_order.csr = arena_copy(arena, order->csr);
	its_order.finalize_jws = arena_copy(arena, order->finalize_jws);
	its_account.jwk = arena_copy(arena, account->jwk);
	issuance->order = order->id;
	issuance->waits = order->review == STORE_REVIEW_WAITS;
	int error = its_order.profile.ptr && its_order.csr.ptr && its_order.finalize_jws.ptr && its_account.jwk.ptr ? XICA_OK : XICA_ENOMEM;
	if (!error && !issuance->waits)
		error = load_evidence(txn, issuance, &its_order, &its_account);
	if (error)
		issuance_drop(issuance);
	else
		*ret_issuance = issuance;
	return error;
}

// --- CAA answers that are too old

struct caa_check {
	struct issuance *issuance;
	size_t index; // of the name
	struct view receipt;
};

static int keep_caa(struct store_txn *txn, void *context)
{
	struct caa_check *check = context;
	struct receipt seen;
	int error = receipt_peek(check->receipt, &seen);
	if (error || seen.kind != RECEIPT_CAA)
		return error ? error : XICA_EPARSE;
	const struct store_order_name *name = &check->issuance->names[check->index];
	if (name->below)
		return store_authz_order_caa(txn, check->issuance->order, check->index, check->receipt);
	struct store_receipt row = {name->authz.id, seen.kind, seen.method, check->receipt, seen.expires};
	return store_receipt_put(txn, &row);
}

// One check less to wait for. Whatever the others say, the way goes on only after the last of them: each of their answers looks at this issuance.
static void end_check(struct issuance *issuance)
{
	if (--issuance->checks)
		return;
	if (issuance->problem.type)
		issuance_fail(issuance, issuance->problem.type, issuance->problem.detail);
	else if (issuance_load(issuance)) // with the fresh receipts
		issuance_fail(issuance, ACME_SERVER_INTERNAL, "the order could not be worked on");
}

static void note_failure(struct issuance *issuance, const char *detail)
{
	if (!issuance->problem.type)
		issuance->problem = (struct acme_problem){.type = ACME_SERVER_INTERNAL, .detail = detail};
}

static void check_kept(int error, void *context)
{
	struct caa_check *check = context;
	if (error)
		note_failure(check->issuance, "a CAA check could not be recorded");
	end_check(check->issuance);
}

static void caa_checked(void *context, struct view receipt, const struct acme_problem *problem)
{
	struct caa_check *check = context;
	struct issuance *issuance = check->issuance;
	if (problem && !issuance->problem.type) {
		issuance->problem = *problem;
		issuance->problem.detail = arena_strdup(&issuance->arena, view_str(problem->detail));
	}
	check->receipt = arena_copy(&issuance->arena, receipt);
	if (problem || store_submit(issuance->registrar->store, keep_caa, check_kept, check))
		check_kept(problem ? XICA_OK : XICA_ENOMEM, check);
}

// Where a name's CAA receipt is missing or about to expire; method is that of its control receipt.
static bool is_stale(const struct issuance *issuance, size_t index, xica_time now, enum receipt_method *ret_method)
{
	const struct store_order_name *name = &issuance->names[index];
	bool fresh = false, controlled = false;
	for (size_t i = 0; i < issuance->receipt_count; i++) {
		struct receipt seen;
		if (receipt_peek(issuance->receipts[i], &seen))
			continue;
		if (seen.kind == RECEIPT_CONTROL && pki_identifier_compare(&seen.identifier, &name->authz.identifier) == 0) {
			controlled = true;
			*ret_method = seen.method;
		} else if (seen.kind == RECEIPT_CAA && pki_identifier_compare(&seen.identifier, &name->identifier) == 0 && seen.expires > now + XICA_MINUTE) {
			fresh = true;
		}
	}
	return controlled && !fresh;
}

static int start_check(struct issuance *issuance, size_t index, const struct store_account *account, enum receipt_method method)
{
	struct caa_check *check = arena_alloc(&issuance->arena, sizeof(*check));
	if (!check)
		return XICA_ENOMEM;
	*check = (struct caa_check){issuance, index, VIEW_NONE};
	struct store_authz authz = issuance->names[index].authz;
	authz.identifier = issuance->names[index].identifier;
	int error = registrar_check_caa(issuance->registrar, &authz, account, method, issuance->request_id, caa_checked, check);
	if (!error)
		issuance->checks++;
	return error;
}

static int start_checks(struct issuance *issuance)
{
	struct store_account account = {.id = issuance->account};
	struct jwk jwk;
	xica_time now = clock_now();
	int error = jwk_parse_text(issuance->jwk, &jwk);
	if (error)
		return error;
	memcpy(account.thumbprint, jwk.thumbprint, sizeof(account.thumbprint));
	jwk_free(&jwk);
	for (size_t i = 0; i < issuance->count && !error; i++) {
		enum receipt_method method;
		if (is_stale(issuance, i, now, &method))
			error = start_check(issuance, i, &account, method);
	}
	return error;
}

static void check_caa(struct issuance *issuance)
{
	issuance->step = ISSUE_CHECKING;
	issuance->checks = 1; // ours, so that it can't end before the last is asked
	if (start_checks(issuance))
		note_failure(issuance, "CAA could not be checked");
	end_check(issuance);
}

bool issuance_needs_checks(const struct issuance *issuance)
{
	xica_time now = clock_now();
	enum receipt_method method;
	for (size_t i = 0; i < issuance->count; i++)
		if (is_stale(issuance, i, now, &method))
			return true;
	return false;
}

void issuance_loaded(struct issuance *issuance)
{
	bool first = issuance->step == ISSUE_LOADING;
	if (issuance->waits)
		issuance_end(issuance);
	else if (first && !issuance->still_ready && issuance_needs_checks(issuance)) // of one that is still_ready it was asked in its unit, and a check leads to an order in processing
		check_caa(issuance);
	else
		issuance_prepare(issuance);
}

static void loaded(int error, void *context)
{
	struct issuance *issuance = context;
	if (!error) {
		issuance_loaded(issuance);
		return;
	}
	log_error("order=%lld its evidence could not be read: %s", (long long)issuance->order, xica_strerror(error));
	issuance_fail(issuance, ACME_SERVER_INTERNAL, "the order could not be worked on");
}

int issuance_load(struct issuance *issuance)
{
	return store_submit(issuance->registrar->store, load, loaded, issuance);
}
