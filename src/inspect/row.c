#include "inspect/row.h"

#include <string.h>

#include "base/base64url.h"
#include "inspect/names.h"
#include "jose/jws.h"
#include "store/account.h"
#include "store/order.h"

enum { REASON_MAX = 10, KEY_CHANGES_MAX = 64, EXPIRY_NOTICES = 3 };

static const xica_time NOTICE_DAYS[EXPIRY_NOTICES + 1] = {0, 20, 7, 1}; // before the end, of the first letter, the second …

static void differs(struct inspect_subject *subject, const char *column)
{
	inspect_say(subject, "row-differs", "the database's %s is not what the certificate and the audit log say", column);
}

// --- of the certificate

static bool same_names(const struct store_certificate *row, const struct pki_sans *names)
{
	bool same = row->name_count == names->count;
	for (size_t i = 0; same && i < names->count; i++)
		same = view_equal(row->names[i], names->list[i].value);
	return same;
}

static int check_columns(const struct inspect_row *c, struct inspect_subject *subject)
{
	const struct store_certificate *row = &c->row->certificate;
	uint8_t spki[CRYPTO_SHA256_LEN];
	uint32_t shard = 0;
	int error = crypto_sha256(c->certificate->spki, spki);
	if (error)
		return error;
	if (memcmp(spki, row->spki_sha256, sizeof(spki)) != 0)
		differs(subject, "spki_sha256");
	if (!view_equal_str(row->issuer, c->issue->issuer))
		differs(subject, "issuer");
	if (!view_equal_str(row->profile, c->issue->profile))
		differs(subject, "profile");
	if (row->not_before != c->certificate->not_before)
		differs(subject, "not_before");
	if (row->not_after != c->certificate->not_after)
		differs(subject, "not_after");
	if (row->made && (row->made > c->issue->time + XICA_HOUR || row->made < c->issue->time - XICA_HOUR))
		differs(subject, "made");
	if (!same_names(row, c->names))
		differs(subject, "names");
	error = inspect_shard_of(c->certificate, c->issue->issuer, &shard);
	if (error == XICA_EPARSE)
		inspect_say(subject, "shard", "the certificate's distribution point is none of its issuer's");
	else if (!error && shard != row->shard)
		differs(subject, "shard");
	return XICA_OK;
}

static int check_index(struct store_txn *txn, const struct inspect_row *c, struct inspect_subject *subject)
{
	for (size_t i = 0; i < c->names->count; i++) {
		bool has = false;
		int error = store_inspect_has_name(txn, c->names->list[i].value, c->row->id, &has);
		if (error)
			return error;
		if (!has)
			inspect_say(subject, "name-index", "the database does not find the certificate by its name %.*s", VIEW_FMT(c->names->list[i].value));
	}
	return XICA_OK;
}

// --- of its status

static bool is_revocation(const struct store_certificate *row, xica_time issued, xica_time now)
{
	return row->revoked_at >= issued - XICA_HOUR && row->revoked_at <= now + XICA_HOUR && row->reason <= REASON_MAX;
}

static void check_status(const struct inspect_row *c, struct inspect_subject *subject)
{
	const struct store_certificate *row = &c->row->certificate;
	bool revoked = row->status == STORE_CERTIFICATE_REVOKED, pending = row->status == STORE_CERTIFICATE_PENDING;
	if (row->status == STORE_CERTIFICATE_ABANDONED)
		inspect_say(subject, "row-status", "the database says that it was never signed, and the audit log that it was");
	if (!pending && !view_equal(row->der, c->certificate->der))
		differs(subject, "der");
	if (pending ? !view_equal(row->tbs, c->certificate->tbs) || row->der.len : row->tbs.len != 0)
		differs(subject, "tbs");
	if (revoked && !is_revocation(row, c->issue->time, c->now))
		inspect_say(subject, "row-status", "it is revoked at no possible time, or for no reason that there is");
	if (!revoked && (row->revoked_at || row->reason))
		differs(subject, "revoked_at or reason");
	if (c->row->on_crl ? !revoked : revoked && row->not_after > c->now)
		differs(subject, "on_crl");
	xica_time notice = c->row->noticed <= EXPIRY_NOTICES ? NOTICE_DAYS[c->row->noticed] * XICA_DAY : 0;
	if (c->row->noticed && (!notice || row->not_after - notice > c->now))
		differs(subject, "noticed");
}

// --- of whom it is

// What the order was finalized with is what the signer believed.
static void check_finalized(const struct inspect_row *c, const struct store_order *order, struct inspect_subject *subject)
{
	json_t *kept = jose_json_parse(order->finalize_jws), *believed = jose_json_parse(c->issue->finalize);
	struct view payload = view_str(json_string_value(json_object_get(believed, "payload")));
	cleanup_buf text = BUF_INIT, csr = BUF_INIT;
	json_t *asked = base64url_decode(payload, &text) ? NULL : jose_json_parse(buf_view(&text));
	bool same = kept && json_equal(kept, believed) && !base64url_decode(view_str(json_string_value(json_object_get(asked, "csr"))), &csr) &&
		    view_equal(buf_view(&csr), order->csr);
	if (!same)
		inspect_say(subject, "order", "its order was finalized with another request");
	json_decref(kept);
	json_decref(believed);
	json_decref(asked);
}

static void check_order_row(const struct inspect_row *c, const struct store_order *order, struct inspect_subject *subject)
{
	bool pending = c->row->certificate.status == STORE_CERTIFICATE_PENDING;
	if (order->account != c->asked->account)
		inspect_say(subject, "order", "its order belongs to another account");
	if (pending ? order->status != STORE_ORDER_PROCESSING : order->status != STORE_ORDER_VALID)
		inspect_say(subject, "order", "its order has not the status of one with this certificate");
	if (!pending && !view_equal(order->serial, c->issue->serial))
		inspect_say(subject, "order", "its order names another certificate");
	if (!view_equal(order->profile, c->row->certificate.profile))
		inspect_say(subject, "order", "its order is for another profile");
	check_finalized(c, order, subject);
}

// What replaced it was issued, and its order, as long as there is one, says so.
static int check_replaced(struct store_txn *txn, const struct inspect_row *c, struct inspect_subject *subject, struct arena *arena)
{
	const struct store_certificate *row = &c->row->certificate;
	struct store_certificate next;
	struct store_order order;
	if (!row->replaced_by.len)
		return XICA_OK;
	int error = store_certificate_get(txn, row->replaced_by, arena, &next);
	bool right = !error && (next.status == STORE_CERTIFICATE_ISSUED || next.status == STORE_CERTIFICATE_REVOKED);
	if (right && next.order && !(error = store_order_by_id(txn, next.order, arena, &order)))
		right = view_equal(order.replaces, row->serial);
	if (!right)
		differs(subject, "replaced_by");
	return error == XICA_ENOTFOUND ? XICA_OK : error;
}

// Orders go some time after their certificate ends. (One that is not issued yet waits for its order: rows.c.)
static bool is_order_kept(const struct inspect_row *c)
{
	return c->row->certificate.status != STORE_CERTIFICATE_PENDING && c->certificate->not_after + STORE_ORDER_KEPT > c->now;
}

static int check_order(struct store_txn *txn, const struct inspect_row *c, struct inspect_subject *subject, struct arena *arena)
{
	struct store_order order;
	if (c->row->certificate.order != c->asked->order) {
		differs(subject, "order_id");
		return XICA_OK;
	}
	int error = c->asked->order ? store_order_by_id(txn, c->asked->order, arena, &order) : XICA_ENOTFOUND;
	if (error == XICA_ENOTFOUND) {
		*c->orderless = c->asked->order && is_order_kept(c);
		return XICA_OK;
	}
	if (!error)
		check_order_row(c, &order, subject);
	return error;
}

// The key that asked is the account's own, or was before changes that stand there.
static int was_its_key(struct store_txn *txn, const struct store_account *account, const uint8_t thumbprint[CRYPTO_SHA256_LEN], struct arena *arena, bool *ret_was)
{
	struct store_key_change *changes;
	size_t count;
	bool was = memcmp(account->thumbprint, thumbprint, CRYPTO_SHA256_LEN) == 0;
	int error = was ? XICA_OK : store_account_key_changes(txn, account->id, KEY_CHANGES_MAX, arena, &changes, &count);
	for (size_t i = 0; !error && !was && i < count; i++)
		was = memcmp(changes[i].old_thumbprint, thumbprint, CRYPTO_SHA256_LEN) == 0;
	*ret_was = was;
	return error;
}

static int check_account(struct store_txn *txn, const struct inspect_row *c, struct inspect_subject *subject, struct arena *arena)
{
	const struct store_certificate *row = &c->row->certificate;
	struct store_account account;
	bool was = false;
	if (row->account != c->asked->account)
		differs(subject, "account_id");
	if (row->person != c->row->account_person)
		differs(subject, "person_id");
	if (!c->asked->account)
		return XICA_OK;
	int error = store_account_get(txn, c->asked->account, arena, &account);
	if (error == XICA_ENOTFOUND) {
		inspect_say(subject, "account", "the database has no account %lld, which asked for it", (long long)c->asked->account);
		return XICA_OK;
	}
	if (error || (error = was_its_key(txn, &account, c->issue->account, arena, &was)))
		return error;
	if (!was)
		inspect_say(subject, "account", "account %lld never had the key by which it was asked for", (long long)account.id);
	return XICA_OK;
}

int inspect_row_check(struct store_txn *txn, const struct inspect_row *check, struct inspect_subject *subject, struct arena *arena)
{
	int error = check_columns(check, subject);
	check_status(check, subject);
	if (!error)
		error = check_index(txn, check, subject);
	if (!error)
		error = check_replaced(txn, check, subject, arena);
	if (error || !check->issue->has_evidence)
		return error;
	error = check_account(txn, check, subject, arena);
	return error ? error : check_order(txn, check, subject, arena);
}
