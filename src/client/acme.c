#include "client/acme.h"

#include <stdlib.h>
#include <string.h>

#include "jose/jws.h"

enum { NONCE_TRIES = 10 };

// --- the directory

static int no_directory(const struct client_acme *acme, long status, struct client_trouble *trouble)
{
	(void)client_trouble_is(trouble, XICA_EPARSE, "%s is no ACME directory (HTTP status %ld)", acme->directory_url, status);
	client_trouble_hint(trouble, "--server wants its URL, like https://ca.example.net/acme/directory");
	return XICA_EPARSE;
}

static int read_directory(struct client_acme *acme, struct client_trouble *trouble)
{
	static const char *const NEEDED[] = {"newNonce", "newAccount", "newOrder"};
	cleanup_answer answer = CLIENT_ANSWER_INIT;
	int error = client_http_send(acme->http, acme->directory_url, false, VIEW_NONE, &answer, trouble);
	if (error)
		return error;
	if (answer.status != 200 || !answer.json)
		return no_directory(acme, answer.status, trouble);
	for (size_t i = 0; i < sizeof(NEEDED) / sizeof(NEEDED[0]); i++)
		if (!json_is_string(json_object_get(answer.json, NEEDED[i])))
			return client_trouble_is(trouble, XICA_EPARSE, "%s is no ACME directory: it has no %s", acme->directory_url, NEEDED[i]);
	acme->directory = json_incref(answer.json);
	return XICA_OK;
}

int client_acme_open(struct client_http *http, const char *directory_url, struct client_acme **ret_acme, struct client_trouble *trouble)
{
	struct client_acme *acme = calloc(1, sizeof(*acme));
	if (!acme)
		return XICA_ENOMEM;
	acme->http = http;
	acme->cancel = client_http_cancel(http);
	acme->directory_url = directory_url;
	int error = read_directory(acme, trouble);
	if (error) {
		client_acme_free(acme);
		return error;
	}
	*ret_acme = acme;
	return XICA_OK;
}

void client_acme_free(struct client_acme *acme)
{
	if (!acme)
		return;
	json_decref(acme->directory);
	buf_free(&acme->nonce);
	buf_free(&acme->kid);
	crypto_key_free(acme->key);
	free(acme);
}

const char *client_acme_url(const struct client_acme *acme, const char *resource)
{
	return json_string_value(json_object_get(acme->directory, resource));
}

const json_t *client_acme_meta(const struct client_acme *acme, const char *member)
{
	return json_object_get(json_object_get(acme->directory, "meta"), member);
}

// --- nonces

// Each answer brings the next one.
static void keep_nonce(struct client_acme *acme, const struct client_answer *answer)
{
	buf_clear(&acme->nonce);
	if (answer->nonce)
		buf_add_str(&acme->nonce, answer->nonce);
}

static int need_nonce(struct client_acme *acme, struct client_trouble *trouble)
{
	cleanup_answer answer = CLIENT_ANSWER_INIT;
	const char *url = client_acme_url(acme, "newNonce");
	if (acme->nonce.len)
		return XICA_OK;
	int error = client_http_send(acme->http, url, true, VIEW_NONE, &answer, trouble);
	if (error)
		return error;
	keep_nonce(acme, &answer);
	return acme->nonce.len ? XICA_OK : client_trouble_is(trouble, XICA_EPARSE, "%s gives no nonce (HTTP status %ld)", url, answer.status);
}

// --- requests

static int sign(struct client_acme *acme, const char *url, const json_t *payload, struct buf *out)
{
	char *text = payload ? json_dumps(payload, JSON_COMPACT) : NULL;
	if (payload && !text)
		return XICA_ENOMEM;
	int error = jws_sign(acme->key, buf_view(&acme->kid), buf_view(&acme->nonce), view_str(url), view_str(text), out);
	free(text);
	return error;
}

static int post_once(struct client_acme *acme, const char *url, const json_t *payload, struct client_answer *answer, struct client_trouble *trouble)
{
	cleanup_buf request = BUF_INIT;
	int error = need_nonce(acme, trouble);
	if (!error)
		error = sign(acme, url, payload, &request);
	buf_clear(&acme->nonce); // good once
	if (!error)
		error = client_http_send(acme->http, url, false, buf_view(&request), answer, trouble);
	if (!error)
		keep_nonce(acme, answer);
	return error;
}

static bool is_bad_nonce(const struct client_answer *answer)
{
	const char *type = json_string_value(json_object_get(answer->json, "type"));
	return answer->status == 400 && type && !strcmp(type, "urn:ietf:params:acme:error:badNonce");
}

static int refusal(const char *what, const struct client_answer *answer, struct client_trouble *trouble)
{
	if (answer->json)
		(void)client_trouble_problem(trouble, what, answer->json);
	else
		(void)client_trouble_is(trouble, XICA_EDENIED, "%s: HTTP status %ld", what, answer->status);
	trouble->retry_after = answer->retry_after;
	if (answer->retry_after)
		client_trouble_add(trouble, ". Try again in %ld seconds", answer->retry_after);
	return XICA_EDENIED;
}

int client_acme_post(struct client_acme *acme, const char *url, const json_t *payload, const char *what, struct client_answer *answer,
		     struct client_trouble *trouble)
{
	for (unsigned i = 0; i < NONCE_TRIES; i++) {
		int error = post_once(acme, url, payload, answer, trouble);
		if (error)
			return error;
		if (answer->status >= 200 && answer->status < 300)
			return XICA_OK;
		if (!is_bad_nonce(answer))
			break;
	}
	return refusal(what, answer, trouble);
}
