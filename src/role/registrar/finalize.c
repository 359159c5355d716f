// finalize: from a ready order and a CSR to an order in processing, and the answer when it is issued (RFC 8555 §7.4).
#include "base/log.h"
#include "pki/csr.h"
#include "role/registrar/chaos/chaos.h"
#include "role/registrar/blocked.h"
#include "role/registrar/issue.h"
#include "role/registrar/limits.h"
#include "store/blocked.h"

enum { WAITS_MAX = 3 }; // for other requests: then there are too many of them

// A ready order's authorizations may have been deactivated, or have expired, since.
static int check_authzs(struct request *request, const struct store_order_name *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (names[i].authz.status != STORE_AUTHZ_VALID || names[i].authz.expires <= request->now)
			return request_refuse(request, ACME_UNAUTHORIZED,
					      arena_printf(&request->arena, "the authorization for %s is no longer valid: make a new order",
							   pki_identifier_text(&names[i].authz.identifier, &request->arena)));
	return XICA_OK;
}

static bool asks_for_xmpp_addr(const struct pki_csr *csr)
{
	for (size_t i = 0; i < csr->sans.count; i++)
		if (csr->sans.list[i].type == PKI_SAN_XMPP)
			return true;
	return false;
}

// What can be said of a CSR without the signer, in words for the applicant. The signer believes none of it.
static int check_csr(struct store_txn *txn, struct request *request, struct view der, const struct store_order_name *names, size_t count)
{
	struct pki_csr csr;
	const char *why = NULL;
	uint8_t hash[CRYPTO_SHA256_LEN];
	bool blocked;
	int error = pki_csr_parse(der, &request->arena, &csr, &why);
	if (error == XICA_EPARSE)
		return request_refuse(request, ACME_BAD_CSR, arena_printf(&request->arena, "the CSR can't be read: %s", why));
	if (error)
		return error;
	if (request->registrar->config->strict && asks_for_xmpp_addr(&csr))
		return request_refuse(request, ACME_BAD_CSR, "the CSR asks for an XmppAddr, which is no identifier of the order (RFC 8555, section 7.4)");
	struct pki_identifier *identifiers = arena_array(&request->arena, count, sizeof(*identifiers));
	if (!identifiers)
		return XICA_ENOMEM;
	for (size_t i = 0; i < count; i++)
		identifiers[i] = names[i].identifier;
	error = pki_csr_fits(&csr, identifiers, count, &request->arena, &why);
	if (error == XICA_EDENIED)
		return request_refuse(request, ACME_BAD_CSR, why);
	if (error || (error = crypto_sha256(csr.spki, hash)) || (error = store_blocked_has(txn, hash, &blocked)))
		return error;
	return blocked ? request_refuse(request, ACME_BAD_CSR, "the CSR's key is known to be compromised: make a new one") : XICA_OK;
}

// An operator may have blocked a name since the order was made.
static int check_blocked(struct store_txn *txn, struct request *request, const struct store_order_name *names, size_t count)
{
	int error = XICA_OK;
	for (size_t i = 0; i < count && !error; i++)
		error = registrar_blocked_names(txn, request, &names[i].identifier, 1);
	return error;
}

static int show_target(struct store_txn *txn, struct request *request)
{
	return request_show_order(txn, request, request->target, 200);
}

static void show_issued(struct store_txn *txn, void *context)
{
	request_join(txn, context, show_target);
}

// What became of the order is known now, or will be told in its row: who waited looks.
static void wake(struct request *request)
{
	for (struct request *next; request; request = next) {
		next = request->behind;
		request->behind = NULL;
		request_again(request);
	}
}

static void finalize_done(void *context, const struct acme_problem *problem)
{
	struct request *request = context, *behind = request->behind;
	request->behind = NULL;
	if (problem && problem->type == ACME_ORDER_NOT_READY)
		request_again(request);
	else if (problem)
		request_fail(request, problem);
	else
		request_settle(request, true, show_target);
	wake(behind);
}

// The request whose issuance of this order is under way. The order is ready all the same, until its serial is recorded.
static struct request *first_to_finalize(const struct registrar *registrar, int64_t order)
{
	for (const struct issuance *issuance = registrar->issuances; issuance; issuance = issuance->next)
		if (issuance->order == order && issuance->done == finalize_done)
			return issuance->context;
	return NULL;
}

// However often an order is finalized at once, the signer prepares one certificate for it.
static void wait_behind(struct request *first, struct request *request)
{
	static const struct acme_problem TOO_MANY = {.type = ACME_ORDER_NOT_READY, .detail = "other requests to finalize this order are being worked on"};
	if (request->tries >= WAITS_MAX) {
		request_fail(request, &TOO_MANY);
		return;
	}
	request->behind = first->behind;
	first->behind = request;
}

static void start_issuing(struct request *request)
{
	struct issuance *issuance = request->issuance;
	struct request *first = issuance->still_ready ? first_to_finalize(request->registrar, request->target) : NULL;
	request->issuance = NULL;
	if (first) {
		issuance_drop(issuance); // what it loaded is loaded anew when it looks again
		wait_behind(first, request);
		return;
	}
	if (issuance->waits)
		log_warning("order=%lld account=%lld waits for an operator: 'xica order waiting'", (long long)request->target, (long long)request->account_id);
	issuance_begin(issuance, request->request_id, show_issued, finalize_done, request);
}

// The order went on already: the same CSR has the same answer, whichever came first.
static int finalize_again(struct store_txn *txn, struct request *request, const struct store_order *order, struct view csr)
{
	bool under_way = order->status == STORE_ORDER_PROCESSING || order->status == STORE_ORDER_VALID;
	if (under_way && view_equal(order->csr, csr))
		return request_show_order(txn, request, order->id, 200);
	return request_refuse(request, ACME_ORDER_NOT_READY,
			      arena_printf(&request->arena, "the order is %s; only a ready one can be finalized",
					   acme_status_text(registrar_order_status(order, request->now))));
}

// Then the signer has prepared the certificate before anybody could see the order in processing: both are recorded in one unit.
static bool goes_straight(const struct issuance *issuance)
{
	const struct registrar *registrar = issuance->registrar;
	return registrar->signer && !registrar->chaos && !issuance->waits && !issuance_needs_checks(issuance);
}

int request_finalize(struct store_txn *txn, struct request *request)
{
	struct store_order order;
	struct store_order_name *names;
	struct view csr;
	size_t count;
	int64_t id;
	bool over = false;
	if (acme_url_parse_id(request->object, &id))
		return request_not_found(request);
	int error = request_found(request, store_order_get(txn, request->account_id, id, &request->arena, &order));
	if (error)
		return error;
	if ((error = acme_parse_finalize(request->payload, &request->arena, &csr, &request->problem)))
		return error == XICA_EPARSE ? XICA_EDENIED : error;
	if (registrar_order_status(&order, request->now) != ACME_READY)
		return finalize_again(txn, request, &order, csr);
	if ((error = store_authz_order_names(txn, id, &request->arena, &names, &count)) || (error = check_authzs(request, names, count)) ||
	    (error = registrar_chaos_finalize(txn, request, id, names, count, &over)) || over)
		return error;
	if ((error = check_blocked(txn, request, names, count)) || (error = check_csr(txn, request, csr, names, count)) ||
	    (error = registrar_limit_certificate(txn, request, &order, names, count)) ||
	    (error = registrar_review_finalized(txn, request->registrar, &order, names, count)))
		return error;
	order.csr = csr;
	order.finalize_jws = request->jws;
	if ((error = issuance_load_now(txn, request->registrar, &order, &request->account, &request->issuance)))
		return error;
	request->issuance->still_ready = goes_straight(request->issuance);
	if (!request->issuance->still_ready && (error = store_order_process(txn, id, csr, request->jws)))
		return error;
	request->target = id;
	request->then = start_issuing;
	return XICA_OK;
}
