// Accounts: newAccount with external binding, updates, deactivation, key change, the list of orders (RFC 8555 §7.3, §7.1.2.1).
#include "base/log.h"
#include "jose/jws.h"
#include "role/registrar/audit.h"
#include "role/registrar/chaos/chaos.h"
#include "role/registrar/limits.h"
#include "site/acts.h"
#include "store/blocked.h"
#include "store/eab.h"
#include "store/person.h"

#include <string.h>

enum { ORDERS_PAGE = 50 };

static int show_account(struct request *request, const struct store_account *account, unsigned status)
{
	const char *base = request_base(request);
	struct acme_account_view shown = {
		.status = account->status == STORE_ACCOUNT_VALID ? ACME_VALID : account->status == STORE_ACCOUNT_REVOKED ? ACME_REVOKED : ACME_DEACTIVATED,
		.contacts = account->contacts,
		.terms_agreed = account->terms_agreed != 0,
		.orders_url = acme_url_orders(&request->arena, base, account->id, 0),
	};
	request->status = status;
	request->location = acme_url_account(&request->arena, base, account->id);
	if (!shown.orders_url || !request->location)
		return XICA_ENOMEM;
	return acme_account_write(&shown, &request->body);
}

static int refuse_problem(struct request *request, int error, const struct acme_problem *problem)
{
	if (error != XICA_EPARSE)
		return error;
	request->problem = *problem;
	return XICA_EDENIED;
}

// A key on the block list opens no account.
static int check_blocked(struct store_txn *txn, struct request *request, const struct crypto_key *key)
{
	cleanup_buf spki = BUF_INIT;
	uint8_t hash[CRYPTO_SHA256_LEN];
	bool blocked;
	int error = crypto_key_to_spki(key, &spki);
	if (error || (error = crypto_sha256(buf_view(&spki), hash)) || (error = store_blocked_has(txn, hash, &blocked)))
		return error;
	return blocked ? request_refuse(request, ACME_BAD_PUBLIC_KEY, "this key is known to be compromised") : XICA_OK;
}

// The keys of who is suspended open no accounts. (Those that they opened before were suspended with them.)
static int check_person(struct store_txn *txn, struct request *request, const struct store_eab *eab)
{
	struct store_person person;
	if (!eab->person)
		return XICA_OK;
	int error = store_person_get(txn, eab->person, &request->arena, &person);
	if (error || person.status == STORE_PERSON_ACTIVE)
		return error;
	return request_refuse(request, ACME_UNAUTHORIZED, "whose external account key this is, is suspended: ask the CA's operator");
}

static int check_mac(struct store_txn *txn, struct request *request, const struct jws *inner, struct view *ret_kid)
{
	static const char WRONG[] = "the external account key is unknown, revoked, used already, or its MAC does not verify";
	struct store_eab eab;
	struct view key;
	if (registrar_chaos_mac_key(request->registrar, inner->kid, &key)) // everybody's, and so nobody's: nothing is kept of it
		return jws_verify_hmac(inner, key) ? request_refuse(request, ACME_UNAUTHORIZED, WRONG) : XICA_OK;
	int error = store_eab_get(txn, inner->kid, &request->arena, &eab);
	if (error == XICA_ENOTFOUND || (!error && (eab.revoked || eab.account || jws_verify_hmac(inner, eab.mac_key))))
		return request_refuse(request, ACME_UNAUTHORIZED, WRONG);
	if (error || (error = check_person(txn, request, &eab)))
		return error;
	*ret_kid = arena_copy(&request->arena, inner->kid);
	return ret_kid->ptr ? XICA_OK : XICA_ENOMEM;
}

// RFC 8555 §7.3.4: the inner JWS is a MAC over the account key, under the key that the operator gave away.
static int check_binding(struct store_txn *txn, struct request *request, struct view text, struct view *ret_kid)
{
	struct jws inner;
	enum jws_fault fault;
	struct jwk bound = {0};
	int error = jws_parse(text, &request->arena, &inner, &fault);
	if (error == XICA_EPARSE)
		return request_refuse(request, ACME_MALFORMED, arena_printf(&request->arena, "externalAccountBinding: %s", jws_fault_text(fault)));
	if (error)
		return error;
	if (inner.has_jwk || inner.nonce.len || inner.alg != JWS_HS256 || !view_equal(inner.url, request->url)) {
		error = request_refuse(request, ACME_MALFORMED,
				       "externalAccountBinding must be signed by HS256 with kid, without nonce, for the URL of newAccount");
	} else if (jwk_parse_text(inner.payload, &bound) || memcmp(bound.thumbprint, request->thumbprint, sizeof(bound.thumbprint)) != 0) {
		error = request_refuse(request, ACME_MALFORMED, "externalAccountBinding is for another account key");
	} else {
		error = check_mac(txn, request, &inner, ret_kid);
	}
	jwk_free(&bound);
	jws_free(&inner);
	return error;
}

static void opened(struct request *request)
{
	log_info("request=%.*s account=%lld opened remote=%.*s", VIEW_FMT(request->request_id), (long long)request->target, VIEW_FMT(request->remote));
	registrar_reported(request->registrar, &request->report);
	request_reply(request);
}

// The account is the person's from now on whose key it is.
static int bind_key(struct store_txn *txn, struct request *request, const struct store_account *account)
{
	struct store_eab eab;
	if (!account->eab_kid.len)
		return XICA_OK;
	int error = store_eab_bind(txn, account->eab_kid, account->id, request->now);
	if (error || (error = store_eab_get(txn, account->eab_kid, &request->arena, &eab)))
		return error;
	return site_report_bound(txn, &request->report, &eab);
}

static int register_account(struct store_txn *txn, struct request *request, const struct acme_new_account *asked)
{
	const struct config *config = request->registrar->config;
	struct store_account account = {.status = STORE_ACCOUNT_VALID, .jwk = request->jwk, .contacts = view_str(asked->contacts.json),
					.terms_agreed = asked->terms_agreed ? request->now : 0, .created = request->now};
	struct jwk jwk;
	if (config->terms_of_service && !asked->terms_agreed) {
		(void)request_add_link(request, config->terms_of_service, "terms-of-service");
		return request_refuse(request, ACME_USER_ACTION_REQUIRED,
				      arena_printf(&request->arena, "agree to the terms of service at %s first (termsOfServiceAgreed)", config->terms_of_service));
	}
	if (config->external_account_required && !asked->external_binding.len)
		return request_refuse(request, ACME_EXTERNAL_ACCOUNT_REQUIRED, "this CA opens accounts with an external account key only: ask its operator for one");
	int error = jwk_parse_text(request->jwk, &jwk);
	if (error)
		return error;
	error = check_blocked(txn, request, jwk.key);
	jwk_free(&jwk);
	if (!error && asked->external_binding.len)
		error = check_binding(txn, request, asked->external_binding, &account.eab_kid);
	if (error)
		return error;
	memcpy(account.thumbprint, request->thumbprint, sizeof(account.thumbprint));
	request->report = registrar_report(request->registrar, &request->arena, request->remote);
	if ((error = registrar_limit_account(txn, request)) || (error = store_account_insert(txn, &account, &account.id)) || (error = bind_key(txn, request, &account)))
		return error;
	request->target = account.id;
	request->then = opened;
	return show_account(request, &account, 201);
}

int request_new_account(struct store_txn *txn, struct request *request)
{
	struct acme_new_account asked;
	struct acme_problem problem;
	int error = acme_parse_new_account(request->payload, &request->arena, &asked, &problem);
	if (error)
		return refuse_problem(request, error, &problem);
	error = store_account_by_thumbprint(txn, request->thumbprint, &request->arena, &request->account);
	if (!error && request->account.status != STORE_ACCOUNT_VALID)
		return request_refuse(request, ACME_UNAUTHORIZED, "the account of this key is not active any more");
	if (!error)
		return show_account(request, &request->account, 200);
	if (error != XICA_ENOTFOUND)
		return error;
	if (asked.only_return_existing)
		return request_refuse(request, ACME_ACCOUNT_DOES_NOT_EXIST, "there is no account with this key");
	return register_account(txn, request, &asked);
}

// The object of an account's URL must be the account that signed.
static bool is_own(const struct request *request)
{
	int64_t id;
	return !acme_url_parse_id(request->object, &id) && id == request->account_id;
}

static void deactivated(struct request *request)
{
	registrar_audit_notes_go(request->registrar);
	request_reply(request);
}

static int deactivate(struct store_txn *txn, struct request *request, int64_t account)
{
	const char *by = arena_printf(&request->arena, "account %lld", (long long)account);
	request->then = deactivated;
	return by ? site_act_account(txn, &(struct site_act){request->now, view_str(by)}, account, STORE_ACCOUNT_VALID, STORE_ACCOUNT_DEACTIVATED) : XICA_ENOMEM;
}

int request_account(struct store_txn *txn, struct request *request)
{
	struct store_account *account = &request->account;
	struct acme_account_update update = {0};
	struct acme_problem problem;
	int error = XICA_OK;
	if (!is_own(request))
		return request_not_found(request);
	if (request->payload.len && (error = acme_parse_account_update(request->payload, &request->arena, &update, &problem)))
		return refuse_problem(request, error, &problem);
	if (update.contacts.given) {
		account->contacts = view_str(update.contacts.json);
		error = store_account_set_contacts(txn, account->id, account->contacts);
	}
	if (!error && update.terms_agreed) {
		account->terms_agreed = request->now;
		error = store_account_set_terms(txn, account->id, request->now);
	}
	if (!error && update.deactivate) {
		account->status = STORE_ACCOUNT_DEACTIVATED;
		error = deactivate(txn, request, account->id);
	}
	return error ? error : show_account(request, account, 200);
}

// RFC 8555 §7.3.5: all that the inner JWS must be. ret_new_key is the caller's on success.
static int check_rollover(struct request *request, struct jwk *ret_new_key)
{
	struct jws inner;
	enum jws_fault fault;
	struct acme_key_rollover rollover;
	struct acme_problem problem;
	struct jwk old_key = {0};
	int64_t account;
	int error = jws_parse(request->payload, &request->arena, &inner, &fault);
	if (error == XICA_EPARSE)
		return request_refuse(request, fault == JWS_FAULT_PUBLIC_KEY ? ACME_BAD_PUBLIC_KEY : ACME_MALFORMED,
				      arena_printf(&request->arena, "inner JWS: %s", jws_fault_text(fault)));
	if (error)
		return error;
	if (!inner.has_jwk || inner.nonce.len || !view_equal(inner.url, request->url))
		error = request_refuse(request, ACME_MALFORMED, "the inner JWS must have jwk, the outer one's url, and no nonce");
	else if (jws_verify(&inner, inner.jwk.key))
		error = request_refuse(request, ACME_MALFORMED, "the inner JWS is not signed by the new key");
	else if ((error = acme_parse_key_rollover(inner.payload, &request->arena, &rollover, &problem)))
		error = refuse_problem(request, error, &problem);
	else if (acme_url_parse_account(view_str(rollover.account), request_base(request), &account) || account != request->account_id)
		error = request_refuse(request, ACME_MALFORMED, "the inner payload names another account");
	else if (jwk_parse_text(rollover.old_key, &old_key) || memcmp(old_key.thumbprint, request->thumbprint, sizeof(old_key.thumbprint)) != 0)
		error = request_refuse(request, ACME_MALFORMED, "oldKey is not the account's key");
	if (!error) {
		*ret_new_key = (struct jwk){.key = crypto_key_ref(inner.jwk.key)};
		memcpy(ret_new_key->thumbprint, inner.jwk.thumbprint, sizeof(ret_new_key->thumbprint));
	}
	jwk_free(&old_key);
	jws_free(&inner);
	return error;
}

static void key_changed(struct request *request)
{
	log_info("request=%.*s account=%lld has a new key", VIEW_FMT(request->request_id), (long long)request->account_id);
	request_reply(request);
}

static int change_key(struct store_txn *txn, struct request *request, const struct jwk *new_key)
{
	struct store_key_change change = {.account = request->account_id, .jws = request->jws, .time = request->now};
	cleanup_buf jwk = BUF_INIT;
	struct store_account other;
	int error = check_blocked(txn, request, new_key->key);
	if (error || (error = jwk_write(new_key->key, &jwk)))
		return error;
	memcpy(change.old_thumbprint, request->thumbprint, sizeof(change.old_thumbprint));
	memcpy(change.new_thumbprint, new_key->thumbprint, sizeof(change.new_thumbprint));
	if (!store_account_by_thumbprint(txn, new_key->thumbprint, &request->arena, &other)) {
		request->location = acme_url_account(&request->arena, request_base(request), other.id);
		request->problem = (struct acme_problem){.type = ACME_MALFORMED, .status = 409, .detail = "the new key belongs to an account already"};
		return XICA_EDENIED;
	}
	if ((error = store_account_change_key(txn, &change, buf_view(&jwk))))
		return error;
	request->then = key_changed;
	return show_account(request, &request->account, 200);
}

int request_key_change(struct store_txn *txn, struct request *request)
{
	struct jwk new_key = {0};
	int error = check_rollover(request, &new_key);
	if (error)
		return error;
	error = change_key(txn, request, &new_key);
	jwk_free(&new_key);
	return error;
}

// "after=17"
static int parse_cursor(struct view query, int64_t *ret_after)
{
	struct view name = VIEW_LIT("after=");
	if (!query.len)
		return XICA_OK;
	if (!view_starts(query, name))
		return XICA_EPARSE;
	return acme_url_parse_id(view_sub(query, name.len, SIZE_MAX), ret_after);
}

int request_orders(struct store_txn *txn, struct request *request)
{
	int64_t *ids, after = 0;
	size_t count, page = registrar_chaos_page(request->registrar, ORDERS_PAGE);
	if (!is_own(request))
		return request_not_found(request);
	if (parse_cursor(request->query, &after))
		return request_refuse(request, ACME_MALFORMED, "that is no page of this list: follow the links of relation \"next\"");
	int error = store_order_list(txn, request->account_id, after, page + 1, false, &request->arena, &ids, &count);
	if (error)
		return error;
	const char *base = request_base(request);
	size_t shown = count > page ? page : count;
	const char **urls = arena_array(&request->arena, shown + 1, sizeof(*urls));
	if (!urls)
		return XICA_ENOMEM;
	for (size_t i = 0; i < shown; i++)
		if (!(urls[i] = acme_url_order(&request->arena, base, ids[i])))
			return XICA_ENOMEM;
	if (count > shown &&
	    (error = request_add_link(request, acme_url_orders(&request->arena, base, request->account_id, ids[shown - 1]), "next")))
		return error;
	return acme_orders_write(urls, shown, &request->body);
}
