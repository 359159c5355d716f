#include "client/account.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64url.h"
#include "base/file.h"
#include "jose/jws.h"

enum { KEY_MAX = 65536, RECORD_MAX = 65536 };

// --- the folder

static int load_key(struct client_acme *acme, const char *path, struct client_trouble *trouble)
{
	cleanup_buf pem = BUF_INIT;
	int error = file_read(path, KEY_MAX, &pem);
	if (error == XICA_ENOTFOUND)
		return error;
	if (error)
		return client_trouble_is(trouble, error, "%s, the key of the account, can't be read: %s", path, strerror(errno));
	error = crypto_key_from_pem(buf_view(&pem), VIEW_NONE, &acme->key);
	buf_wipe(&pem);
	return error ? client_trouble_is(trouble, error, "%s holds no private key", path) : XICA_OK;
}

static int make_key(struct client_acme *acme, const char *path, struct client_trouble *trouble)
{
	cleanup_buf pem = BUF_INIT;
	int error = crypto_key_generate(CRYPTO_KEY_P256, 0, &acme->key);
	if (!error)
		error = crypto_key_to_pem(acme->key, VIEW_NONE, &pem);
	if (!error && (error = file_create(path, 0600, buf_view(&pem))))
		error = client_trouble_is(trouble, error, "%s can't be written: %s", path, strerror(errno));
	buf_wipe(&pem);
	return error;
}

static int open_key(struct client_acme *acme, const char *folder, struct client_trouble *trouble)
{
	cleanup_buf path = BUF_INIT;
	buf_addf(&path, "%s/key.pem", folder);
	const char *name = buf_cstr(&path);
	if (!name)
		return XICA_ENOMEM;
	int error = load_key(acme, name, trouble);
	return error == XICA_ENOTFOUND ? make_key(acme, name, trouble) : error;
}

static void load_url(struct client_acme *acme, const char *record)
{
	cleanup_buf text = BUF_INIT;
	json_t *json = file_read(record, RECORD_MAX, &text) ? NULL : jose_json_parse(buf_view(&text));
	const char *url = json_string_value(json_object_get(json, "url"));
	buf_clear(&acme->kid);
	if (url)
		buf_add_str(&acme->kid, url);
	json_decref(json);
}

static int save_url(const struct client_acme *acme, const char *record, struct client_trouble *trouble)
{
	json_t *json = json_pack("{s:s, s:s%}", "directory", acme->directory_url, "url", (const char *)acme->kid.ptr, acme->kid.len);
	char *text = json ? json_dumps(json, JSON_INDENT(2)) : NULL;
	int error = text ? file_replace(record, 0600, view_str(text)) : XICA_ENOMEM;
	free(text);
	json_decref(json);
	return error == XICA_OK || error == XICA_ENOMEM ? error : client_trouble_is(trouble, error, "%s can't be written: %s", record, strerror(errno));
}

// --- opening one

static int check_terms(const struct client_acme *acme, const struct client_account_options *options, struct client_trouble *trouble)
{
	const char *terms = json_string_value(client_acme_meta(acme, "termsOfService"));
	if (!terms || options->agrees || (options->ask && options->ask(terms, options->ask_context)))
		return XICA_OK;
	(void)client_trouble_is(trouble, XICA_EDENIED, "the CA has terms of service, and wants agreement with them: %s", terms);
	client_trouble_hint(trouble, "Read them, and say --yes to agree with them");
	return XICA_EDENIED;
}

static int check_binding(const struct client_acme *acme, const struct client_account_options *options, struct client_trouble *trouble)
{
	if (options->eab_kid || !json_is_true(client_acme_meta(acme, "externalAccountRequired")))
		return XICA_OK;
	(void)client_trouble_is(trouble, XICA_EDENIED, "the CA opens accounts to those alone who have a key from it: an external account key");
	client_trouble_hint(trouble, "Get one there, and give it by --eab-kid and --eab-key");
	return XICA_EDENIED;
}

static int add_binding(const struct client_acme *acme, const struct client_account_options *options, json_t *payload, struct client_trouble *trouble)
{
	cleanup_buf mac = BUF_INIT, jwk = BUF_INIT, jws = BUF_INIT;
	if (base64url_decode(view_str(options->eab_key), &mac))
		return client_trouble_is(trouble, XICA_EPARSE, "the external account key is no base64url: it has to be given exactly as the CA showed it");
	int error = jwk_write(acme->key, &jwk);
	if (!error)
		error = jws_sign_hmac(buf_view(&mac), view_str(options->eab_kid), view_str(client_acme_url(acme, "newAccount")), buf_view(&jwk), &jws);
	buf_wipe(&mac);
	if (error)
		return error;
	return json_object_set_new(payload, "externalAccountBinding", jose_json_parse(buf_view(&jws))) ? XICA_ENOMEM : XICA_OK;
}

// After check_terms: who comes here has agreed, where there is something to agree with.
static json_t *payload_of(const struct client_acme *acme, const struct client_account_options *options)
{
	json_t *payload = json_object();
	if (options->agrees || client_acme_meta(acme, "termsOfService"))
		(void)json_object_set_new(payload, "termsOfServiceAgreed", json_true());
	if (options->email)
		(void)json_object_set_new(payload, "contact", json_pack("[s+]", "mailto:", options->email));
	return payload;
}

static int take_location(struct client_acme *acme, const struct client_answer *answer, struct client_trouble *trouble)
{
	if (!answer->location)
		return client_trouble_is(trouble, XICA_EPARSE, "the CA has an account and does not say where: its answer has no Location");
	buf_add_str(&acme->kid, answer->location);
	return buf_error(&acme->kid);
}

static int register_account(struct client_acme *acme, const struct client_account_options *options, struct client_trouble *trouble)
{
	cleanup_answer answer = CLIENT_ANSWER_INIT;
	int error = check_terms(acme, options, trouble);
	if (!error)
		error = check_binding(acme, options, trouble);
	if (error)
		return error;
	json_t *payload = payload_of(acme, options);
	if (options->eab_kid)
		error = add_binding(acme, options, payload, trouble);
	if (!error)
		error = client_acme_post(acme, client_acme_url(acme, "newAccount"), payload, "the CA opens no account", &answer, trouble);
	json_decref(payload);
	if (error)
		return error;
	return take_location(acme, &answer, trouble);
}

// The one of acme->key (§7.3.1). XICA_EDENIED, accountDoesNotExist: there is none.
static int find_account(struct client_acme *acme, struct client_trouble *trouble)
{
	cleanup_answer answer = CLIENT_ANSWER_INIT;
	json_t *payload = json_pack("{s:b}", "onlyReturnExisting", 1);
	int error = client_acme_post(acme, client_acme_url(acme, "newAccount"), payload, "the CA refuses the account", &answer, trouble);
	json_decref(payload);
	return error ? error : take_location(acme, &answer, trouble);
}

// Is it still there, and good?
static int look_at_account(struct client_acme *acme, struct client_trouble *trouble)
{
	cleanup_answer answer = CLIENT_ANSWER_INIT;
	int error = client_acme_post(acme, (const char *)acme->kid.ptr, NULL, "the CA refuses the account", &answer, trouble);
	if (error)
		return error;
	const char *status = json_string_value(json_object_get(answer.json, "status"));
	if (status && strcmp(status, "valid"))
		return client_trouble_is(trouble, XICA_EDENIED, "the account %s is %s", (const char *)acme->kid.ptr,
					 strcmp(status, "revoked") ? "deactivated" : "revoked by the CA");
	return XICA_OK;
}

int client_account_enter(struct client_acme *acme, const struct client_account_options *options, struct client_trouble *trouble)
{
	if (acme->kid.len && buf_cstr(&acme->kid)) {
		int error = look_at_account(acme, trouble);
		if (error != XICA_EDENIED || strcmp(client_trouble_type(trouble), "accountDoesNotExist"))
			return error;
		buf_clear(&acme->kid); // the CA has forgotten it: a new one, with the same key
	}
	if (options->look_first) {
		int error = find_account(acme, trouble);
		if (error != XICA_EDENIED || strcmp(client_trouble_type(trouble), "accountDoesNotExist"))
			return error;
	}
	return register_account(acme, options, trouble);
}

int client_account_open(struct client_acme *acme, const struct client_account_options *options, struct client_trouble *trouble)
{
	cleanup_buf record = BUF_INIT;
	buf_addf(&record, "%s/account.json", options->folder);
	const char *path = buf_cstr(&record);
	int error = path ? open_key(acme, options->folder, trouble) : XICA_ENOMEM;
	if (error)
		return error;
	load_url(acme, path);
	error = client_account_enter(acme, options, trouble);
	return error || !buf_cstr(&acme->kid) ? error : save_url(acme, path, trouble);
}
