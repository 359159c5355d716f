// What the front refuses, and what it lets through to the registrar (RFC 8555 §6).
#include <jansson.h>
#include <stdio.h>

#include "base/base64url.h"
#include "front_setup.h"

// Sends it and reads the answer, which the front must give by itself.
static struct response answer(struct rig *rig, const char *path, struct view body)
{
	struct client client = rig_post(rig, path, body);
	struct response response = client_read(rig, &client, false);
	client_close(&client);
	assert_non_null(response_header(rig, &response, "Replay-Nonce"));
	assert_true(rig_hears_nothing(rig));
	return response;
}

// A JWS whose protected header is this text; signature and payload are as the arguments say.
static struct view raw_jws(struct rig *rig, const char *header, const char *payload, const char *more)
{
	cleanup_buf text = BUF_INIT;
	buf_add_str(&text, "{\"protected\":\"");
	base64url_encode(&text, view_str(header));
	buf_add_str(&text, "\",\"payload\":\"");
	base64url_encode(&text, view_str(payload));
	buf_addf(&text, "\",\"signature\":\"AAAA\"%s}", more);
	return arena_copy(&rig->arena, buf_view(&text));
}

static void the_directory_tells_a_client_everything(void **state)
{
	struct rig *rig = *state;
	static const char *const URLS[] = {"newNonce", "newAccount", "newOrder", "newAuthz", "revokeCert", "keyChange"};
	struct response response = rig_get(rig, true, "GET", "/acme/directory", "");
	json_t *json = json_loadb((const char *)response.body.ptr, response.body.len, JSON_REJECT_DUPLICATES, NULL);
	const json_t *meta = json_object_get(json, "meta");
	assert_int_equal(response.status, 200);
	assert_string_equal(response_header(rig, &response, "Content-Type"), "application/json");
	assert_null(response_header(rig, &response, "Link"));
	for (size_t i = 0; i < sizeof(URLS) / sizeof(URLS[0]); i++)
		assert_true(view_starts(view_str(json_string_value(json_object_get(json, URLS[i]))), view_str(rig->url)));
	assert_true(view_starts(view_str(json_string_value(json_object_get(meta, "termsOfService"))), VIEW_LIT("https://localhost")));
	assert_non_null(json_string_value(json_object_get(meta, "website")));
	assert_string_equal(json_string_value(json_array_get(json_object_get(meta, "caaIdentities"), 0)), "localhost");
	assert_true(json_is_false(json_object_get(meta, "externalAccountRequired")));
	assert_non_null(json_string_value(json_object_get(json_object_get(meta, "profiles"), "xmpp-server")));
	json_decref(json);
}

static void new_nonce_answers_head_with_200_and_get_with_204(void **state)
{
	struct rig *rig = *state;
	struct response head = rig_get(rig, true, "HEAD", "/acme/new-nonce", ""), get = rig_get(rig, true, "GET", "/acme/new-nonce", "");
	assert_int_equal(head.status, 200);
	assert_int_equal(get.status, 204);
	assert_non_null(response_header(rig, &get, "Replay-Nonce"));
	assert_string_not_equal(response_header(rig, &get, "Replay-Nonce"), response_header(rig, &head, "Replay-Nonce"));
	assert_string_equal(response_header(rig, &head, "Cache-Control"), "no-store");
	assert_string_equal(response_header(rig, &get, "Cache-Control"), "no-store");
	assert_null(response_header(rig, &head, "Content-Type"));
	assert_null(response_header(rig, &get, "Content-Type"));
	assert_null(response_header(rig, &get, "Content-Length"));
	assert_non_null(response_header(rig, &head, "Link"));
}

static void get_with_content_length_zero_is_fine(void **state)
{
	struct rig *rig = *state;
	assert_int_equal(rig_get(rig, true, "GET", "/acme/directory", "Content-Length: 0\r\n").status, 200);
	assert_int_equal(rig_get(rig, true, "HEAD", "/acme/new-nonce", "Content-Length: 0\r\n").status, 200);
}

static void a_new_account_goes_to_the_registrar_with_its_key(void **state)
{
	struct rig *rig = *state;
	struct view jws = rig_sign(rig, rig->key, NULL, NULL, "/acme/new-account", "{\"termsOfServiceAgreed\":true}");
	struct client client = rig_post(rig, "/acme/new-account", jws);
	struct ipc_message message = rig_take(rig, IPC_ACME_REQUEST);
	uint64_t endpoint;
	uint8_t thumbprint[CRYPTO_SHA256_LEN];
	cleanup_buf jwk = BUF_INIT;
	assert_int_equal(ipc_message_u64(&message, IPC_ENDPOINT, &endpoint), 0);
	assert_int_equal(endpoint, ACME_NEW_ACCOUNT);
	assert_int_equal(jwk_thumbprint(rig->key, thumbprint), 0);
	assert_int_equal(jwk_write(rig->key, &jwk), 0);
	assert_true(view_equal(ipc_message_bytes(&message, IPC_THUMBPRINT), view_bytes(thumbprint, sizeof(thumbprint))));
	assert_true(view_equal(ipc_message_bytes(&message, IPC_JWK), buf_view(&jwk)));
	assert_true(view_equal(ipc_message_bytes(&message, IPC_JWS), jws));
	assert_view(ipc_message_bytes(&message, IPC_PAYLOAD), "{\"termsOfServiceAgreed\":true}");
	assert_view(ipc_message_bytes(&message, IPC_REMOTE), "127.0.0.1");
	assert_int_equal(ipc_message_bytes(&message, IPC_REQUEST_ID).len, 12);
	assert_view(ipc_message_bytes(&message, IPC_URL), arena_printf(&rig->arena, "%s/acme/new-account", rig->url));
	assert_false(ipc_message_has(&message, IPC_ACCOUNT));
	rig_reply(rig, message.id, 201, "{}");
	assert_int_equal(client_read(rig, &client, false).status, 201);
	client_close(&client);
}

static void each_kind_of_key_can_sign(void **state)
{
	static const struct {
		enum crypto_key_type type;
		unsigned bits;
	} KINDS[] = {{CRYPTO_KEY_P256, 0}, {CRYPTO_KEY_P384, 0}, {CRYPTO_KEY_ED25519, 0}, {CRYPTO_KEY_RSA, 2048}};
	struct rig *rig = *state;
	for (size_t i = 0; i < sizeof(KINDS) / sizeof(KINDS[0]); i++) {
		struct crypto_key *key;
		assert_int_equal(crypto_key_generate(KINDS[i].type, KINDS[i].bits, &key), 0);
		struct client client = rig_post(rig, "/acme/new-account", rig_sign(rig, key, NULL, NULL, "/acme/new-account", "{}"));
		rig_reply(rig, rig_take(rig, IPC_ACME_REQUEST).id, 201, "{}");
		assert_int_equal(client_read(rig, &client, false).status, 201);
		client_close(&client);
		crypto_key_free(key);
	}
}

static void each_url_names_its_endpoint_and_objects(void **state)
{
	static const struct {
		const char *path;
		enum acme_endpoint endpoint;
		const char *object, *part, *query;
	} URLS[] = {
		{"/acme/new-order", ACME_NEW_ORDER, NULL, NULL, NULL},
		{"/acme/new-authz", ACME_NEW_AUTHZ, NULL, NULL, NULL},
		{"/acme/key-change", ACME_KEY_CHANGE, NULL, NULL, NULL},
		{"/acme/revoke-cert", ACME_REVOKE_CERT, NULL, NULL, NULL},
		{"/acme/account/7", ACME_ACCOUNT, "7", NULL, NULL},
		{"/acme/account/7/orders", ACME_ORDERS, "7", NULL, NULL},
		{"/acme/account/7/orders?after=12", ACME_ORDERS, "7", NULL, "after=12"},
		{"/acme/order/31", ACME_ORDER, "31", NULL, NULL},
		{"/acme/order/31/finalize", ACME_FINALIZE, "31", NULL, NULL},
		{"/acme/authz/5", ACME_AUTHZ, "5", NULL, NULL},
		{"/acme/challenge/5/http-01", ACME_CHALLENGE, "5", "http-01", NULL},
		{"/acme/certificate/10ab", ACME_CERTIFICATE, "10ab", "0", NULL},
		{"/acme/certificate/10ab/2", ACME_CERTIFICATE, "10ab", "2", NULL},
	};
	struct rig *rig = *state;
	for (size_t i = 0; i < sizeof(URLS) / sizeof(URLS[0]); i++) {
		uint64_t endpoint = 0, account = 0;
		struct client client = rig_post(rig, URLS[i].path, rig_sign(rig, rig->key, rig_kid(rig, RIG_ACCOUNT), NULL, URLS[i].path, ""));
		// The key is asked for once, and once more after it was changed through this front.
		if (i == 0 || URLS[i - 1].endpoint == ACME_KEY_CHANGE)
			rig_tell_key(rig, rig_take(rig, IPC_ACCOUNT_KEY).id, rig->key);
		struct ipc_message message = rig_take(rig, IPC_ACME_REQUEST);
		assert_int_equal(ipc_message_u64(&message, IPC_ENDPOINT, &endpoint), 0);
		assert_int_equal(endpoint, URLS[i].endpoint);
		assert_int_equal(ipc_message_u64(&message, IPC_ACCOUNT, &account), 0);
		assert_int_equal(account, RIG_ACCOUNT);
		assert_view(ipc_message_bytes(&message, IPC_OBJECT), URLS[i].object);
		assert_view(ipc_message_bytes(&message, IPC_OBJECT_PART), URLS[i].part);
		assert_view(ipc_message_bytes(&message, IPC_QUERY), URLS[i].query);
		assert_true(ipc_message_has(&message, IPC_PAYLOAD));
		assert_int_equal(ipc_message_bytes(&message, IPC_PAYLOAD).len, 0);
		rig_reply(rig, message.id, 200, "{}");
		assert_int_equal(client_read(rig, &client, false).status, 200);
		client_close(&client);
	}
}

static void another_media_type_is_415(void **state)
{
	static const char *const TYPES[] = {"", "Content-Type: application/json\r\n", "Content-Type: application/jose+json; charset=utf-8\r\n",
		"Content-Type: application/jose\r\n"};
	struct rig *rig = *state;
	struct view jws = rig_sign(rig, rig->key, NULL, NULL, "/acme/new-account", "{}");
	for (size_t i = 0; i < sizeof(TYPES) / sizeof(TYPES[0]); i++) {
		struct client client = rig_client(rig, true);
		client_send(&client, view_str(arena_printf(&rig->arena, "POST /acme/new-account HTTP/1.1\r\nHost: x\r\n%sContent-Length: %zu\r\n\r\n%.*s",
							   TYPES[i], jws.len, VIEW_FMT(jws))));
		struct response response = client_read(rig, &client, false);
		assert_problem(rig, &response, 415, "malformed");
		assert_non_null(response_header(rig, &response, "Replay-Nonce"));
		client_close(&client);
	}
	assert_true(rig_hears_nothing(rig));
}

static void a_body_over_64_kib_is_told_so_in_a_problem_document(void **state)
{
	struct rig *rig = *state;
	char *lengthy = arena_alloc(&rig->arena, HTTP_BODY_MAX + 2);
	memset(lengthy, 'a', HTTP_BODY_MAX + 1);
	struct response response = answer(rig, "/acme/new-account", view_str(lengthy));
	assert_problem(rig, &response, 413, "malformed");
}

static void a_jws_of_nearly_64_kib_passes(void **state)
{
	struct rig *rig = *state;
	char *payload = arena_alloc(&rig->arena, 48000);
	memset(payload, ' ', 47000);
	struct view jws = rig_sign(rig, rig->key, NULL, NULL, "/acme/new-account", payload);
	assert_in_range(jws.len, 62000, HTTP_BODY_MAX);
	struct client client = rig_post(rig, "/acme/new-account", jws);
	rig_reply(rig, rig_take(rig, IPC_ACME_REQUEST).id, 201, "{}");
	assert_int_equal(client_read(rig, &client, false).status, 201);
	client_close(&client);
}

static void what_is_no_jws_is_malformed(void **state)
{
	struct rig *rig = *state;
	const char *header = arena_printf(&rig->arena, "{\"alg\":\"ES256\",\"nonce\":\"x\",\"url\":\"%s/acme/new-order\",\"kid\":\"%s\"}", rig->url,
					  rig_kid(rig, RIG_ACCOUNT));
	const struct view BODIES[] = {
		VIEW_LIT(""), VIEW_LIT("{}"), VIEW_LIT("[]"), VIEW_LIT("hello"), VIEW_LIT("{\"protected\":\"e30\",\"payload\":\"\",\"signature\":\"\"}"),
		VIEW_LIT("{\"protected\":\"e30\",\"protected\":\"e30\",\"payload\":\"\",\"signature\":\"\"}"),
		raw_jws(rig, header, "", ",\"header\":{}"), raw_jws(rig, header, "", ",\"signatures\":[]"), raw_jws(rig, "{\"alg\":1}", "", ""),
	};
	for (size_t i = 0; i < sizeof(BODIES) / sizeof(BODIES[0]); i++) {
		struct response response = answer(rig, "/acme/new-order", BODIES[i]);
		assert_problem(rig, &response, 400, "malformed");
	}
}

static void an_unknown_algorithm_is_told_which_are_known(void **state)
{
	static const char *const ALGORITHMS[] = {"none", "HS256", "RS512", "ES512", "es256"};
	struct rig *rig = *state;
	for (size_t i = 0; i < sizeof(ALGORITHMS) / sizeof(ALGORITHMS[0]); i++) {
		const char *header = arena_printf(&rig->arena, "{\"alg\":\"%s\",\"nonce\":\"%s\",\"url\":\"%s/acme/new-order\",\"kid\":\"%s\"}",
						  ALGORITHMS[i], rig_nonce(rig), rig->url, rig_kid(rig, RIG_ACCOUNT));
		struct response response = answer(rig, "/acme/new-order", raw_jws(rig, header, "{}", ""));
		assert_problem(rig, &response, 400, "badSignatureAlgorithm");
		assert_non_null(strstr((const char *)response.body.ptr, "\"algorithms\":[\"ES256\""));
	}
}

static void an_algorithm_that_is_not_of_the_keys_kind_is_told_so(void **state)
{
	struct rig *rig = *state;
	cleanup_buf jwk = BUF_INIT;
	assert_int_equal(jwk_write(rig->key, &jwk), 0);
	const char *header = arena_printf(&rig->arena, "{\"alg\":\"RS256\",\"nonce\":\"%s\",\"url\":\"%s/acme/new-account\",\"jwk\":%s}",
					  rig_nonce(rig), rig->url, buf_cstr(&jwk));
	struct response response = answer(rig, "/acme/new-account", raw_jws(rig, header, "{}", ""));
	assert_problem(rig, &response, 400, "badSignatureAlgorithm");
}

static void a_weak_or_unknown_key_is_a_bad_public_key(void **state)
{
	static const char *const KEYS[] = {"{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"}", "{\"kty\":\"oct\",\"k\":\"AAAA\"}",
		"{\"kty\":\"EC\",\"crv\":\"P-521\",\"x\":\"AAAA\",\"y\":\"AAAA\"}"};
	struct rig *rig = *state;
	for (size_t i = 0; i < sizeof(KEYS) / sizeof(KEYS[0]); i++) {
		const char *header = arena_printf(&rig->arena, "{\"alg\":\"ES256\",\"nonce\":\"%s\",\"url\":\"%s/acme/new-account\",\"jwk\":%s}",
						  rig_nonce(rig), rig->url, KEYS[i]);
		struct response response = answer(rig, "/acme/new-account", raw_jws(rig, header, "{}", ""));
		assert_problem(rig, &response, 400, "badPublicKey");
	}
}

static void a_jws_for_another_url_is_unauthorized_and_burns_no_nonce(void **state)
{
	struct rig *rig = *state;
	static const char *const OTHERS[] = {"/acme/new-account", "/acme/new-order/", "/acme/new-order?x", "/acme/new-orde"};
	const char *nonce = rig_nonce(rig);
	for (size_t i = 0; i < sizeof(OTHERS) / sizeof(OTHERS[0]); i++) {
		struct response response = answer(rig, "/acme/new-order", rig_sign(rig, rig->key, rig_kid(rig, RIG_ACCOUNT), nonce, OTHERS[i], "{}"));
		assert_problem(rig, &response, 403, "unauthorized");
	}
	struct client client = rig_post(rig, "/acme/new-account", rig_sign(rig, rig->key, NULL, nonce, "/acme/new-account", "{}"));
	(void)rig_take(rig, IPC_ACME_REQUEST);
	client_close(&client);
}

static void a_nonce_is_good_once(void **state)
{
	struct rig *rig = *state;
	struct view jws = rig_sign(rig, rig->key, NULL, NULL, "/acme/new-account", "{}");
	struct client client = rig_post(rig, "/acme/new-account", jws);
	rig_reply(rig, rig_take(rig, IPC_ACME_REQUEST).id, 201, "{}");
	assert_int_equal(client_read(rig, &client, false).status, 201);
	client_close(&client);
	struct response response = answer(rig, "/acme/new-account", jws);
	assert_problem(rig, &response, 400, "badNonce");
}

static void the_nonce_of_an_answer_is_good_for_the_next_request(void **state)
{
	struct rig *rig = *state;
	struct response refused = answer(rig, "/acme/new-account", rig_sign(rig, rig->key, NULL, "", "/acme/new-account", "{}"));
	assert_problem(rig, &refused, 400, "badNonce");
	for (int i = 0; i < 3; i++) {
		struct view jws = rig_sign(rig, rig->key, NULL, response_header(rig, &refused, "Replay-Nonce"), "/acme/new-account", "{}");
		struct client client = rig_post(rig, "/acme/new-account", jws);
		rig_reply(rig, rig_take(rig, IPC_ACME_REQUEST).id, 201, "{}");
		refused = client_read(rig, &client, false);
		assert_int_equal(refused.status, 201);
		client_close(&client);
	}
}

static void a_missing_or_foreign_nonce_is_bad(void **state)
{
	static const char *const NONCES[] = {"", "x", "AAAAAAAAAAAAAAAAAAAAAA"};
	struct rig *rig = *state;
	for (size_t i = 0; i < sizeof(NONCES) / sizeof(NONCES[0]); i++) {
		struct response response = answer(rig, "/acme/new-account", rig_sign(rig, rig->key, NULL, NONCES[i], "/acme/new-account", "{}"));
		assert_problem(rig, &response, 400, "badNonce");
	}
}

static void a_signature_of_another_key_than_the_jwk_is_unauthorized(void **state)
{
	struct rig *rig = *state;
	struct view jws = rig_sign(rig, rig->key, NULL, NULL, "/acme/new-account", "{}");
	const char *signature = strstr((const char *)jws.ptr, "\"signature\":\"");
	((uint8_t *)(uintptr_t)signature)[20] ^= 1; // another letter, still base64url
	struct response response = answer(rig, "/acme/new-account", jws);
	assert_true(response.status == 403 || response.status == 400); // the letter may have become none of the alphabet
	if (response.status == 403)
		assert_problem(rig, &response, 403, "unauthorized");
}

static void jwk_and_kid_stand_where_they_belong(void **state)
{
	static const char *const BY_ACCOUNT[] = {"/acme/new-order", "/acme/account/7", "/acme/order/1", "/acme/key-change", "/acme/directory"};
	struct rig *rig = *state;
	for (size_t i = 0; i < sizeof(BY_ACCOUNT) / sizeof(BY_ACCOUNT[0]); i++) {
		struct response response = answer(rig, BY_ACCOUNT[i], rig_sign(rig, rig->key, NULL, NULL, BY_ACCOUNT[i], "{}"));
		assert_problem(rig, &response, 400, "malformed");
	}
	struct response response = answer(rig, "/acme/new-account", rig_sign(rig, rig->key, rig_kid(rig, RIG_ACCOUNT), NULL, "/acme/new-account", "{}"));
	assert_problem(rig, &response, 400, "malformed");
}

static void revocation_may_be_signed_by_a_key(void **state)
{
	struct rig *rig = *state;
	struct client client = rig_post(rig, "/acme/revoke-cert", rig_sign(rig, rig->key, NULL, NULL, "/acme/revoke-cert", "{}"));
	struct ipc_message message = rig_take(rig, IPC_ACME_REQUEST);
	assert_true(ipc_message_has(&message, IPC_JWK));
	assert_false(ipc_message_has(&message, IPC_ACCOUNT));
	rig_reply(rig, message.id, 200, NULL);
	struct response response = client_read(rig, &client, false);
	assert_int_equal(response.status, 200);
	assert_null(response_header(rig, &response, "Content-Type"));
	assert_string_equal(response_header(rig, &response, "Content-Length"), "0");
	client_close(&client);
}

static void a_kid_that_is_no_account_of_ours_is_malformed(void **state)
{
	struct rig *rig = *state;
	const char *const KIDS[] = {"7", "/acme/account/7", "https://elsewhere.example/acme/account/7", arena_printf(&rig->arena, "%s/acme/account/", rig->url),
		arena_printf(&rig->arena, "%s/acme/account/07", rig->url), arena_printf(&rig->arena, "%s/acme/account/7/orders", rig->url),
		arena_printf(&rig->arena, "%s/acme/account/7?x", rig->url), arena_printf(&rig->arena, "%s/acme/account/-7", rig->url)};
	for (size_t i = 0; i < sizeof(KIDS) / sizeof(KIDS[0]); i++) {
		struct response response = answer(rig, "/acme/new-order", rig_sign(rig, rig->key, KIDS[i], NULL, "/acme/new-order", "{}"));
		assert_problem(rig, &response, 400, "malformed");
	}
}

static void another_method_is_405_with_allow(void **state)
{
	static const struct {
		const char *method, *path, *allow;
	} WRONG[] = {
		{"GET", "/acme/new-order", "POST"}, {"HEAD", "/acme/new-account", "POST"}, {"GET", "/acme/certificate/10ab", "POST"},
		{"GET", "/acme/order/1", "POST"}, {"PUT", "/acme/order/1/finalize", "POST"}, {"DELETE", "/acme/directory", "GET, HEAD, POST"},
		{"PATCH", "/acme/new-nonce", "GET, HEAD, POST"}, {"OPTIONS", "/acme/new-order", "POST"}, {"TRACE", "/acme/new-order", "POST"},
		{"BREW", "/acme/new-order", "POST"}, {"POST", "/", "GET, HEAD"},
	};
	struct rig *rig = *state;
	for (size_t i = 0; i < sizeof(WRONG) / sizeof(WRONG[0]); i++) {
		struct response response = rig_get(rig, true, WRONG[i].method, WRONG[i].path, "");
		assert_int_equal(response.status, 405);
		assert_string_equal(response_header(rig, &response, "Allow"), WRONG[i].allow);
		if (i == 0)
			assert_problem(rig, &response, 405, "malformed");
	}
}

static void what_is_not_in_the_table_is_404(void **state)
{
	static const char *const PATHS[] = {"/acme/", "/acme", "/acme/directory/", "//acme/directory", "/acme/new-order/", "/acme/order/1/", "/acme/order/",
		"/acme/%6eew-order", "/acme/renewal-info", "/acme/directory?x", "/acme/new-order?x=1", "/nothing", "/../etc/passwd", "/index.html"};
	struct rig *rig = *state;
	for (size_t i = 0; i < sizeof(PATHS) / sizeof(PATHS[0]); i++) {
		struct response get = rig_get(rig, true, "GET", PATHS[i], ""), post = rig_get(rig, true, "POST", PATHS[i], "Content-Length: 0\r\n");
		bool known = i == 10; // the path is known, but not by GET
		assert_int_equal(get.status, known ? 405 : 404);
		assert_int_equal(post.status, 404);
	}
	struct response problem = rig_get(rig, true, "GET", "/acme/nothing", "");
	assert_problem(rig, &problem, 404, "malformed");
}

static void the_default_chain_has_one_url_only(void **state)
{
	static const char *const PATHS[] = {"/acme/certificate/10ab/0", "/acme/certificate/10ab/01", "/acme/certificate/10ab/x"};
	struct rig *rig = *state;
	for (size_t i = 0; i < sizeof(PATHS) / sizeof(PATHS[0]); i++) {
		struct response response = answer(rig, PATHS[i], rig_sign(rig, rig->key, rig_kid(rig, RIG_ACCOUNT), NULL, PATHS[i], ""));
		assert_problem(rig, &response, 404, "malformed");
	}
}

static void directory_and_nonce_can_be_had_by_post_as_get(void **state)
{
	struct rig *rig = *state;
	struct client client = rig_post(rig, "/acme/directory", rig_sign(rig, rig->key, rig_kid(rig, RIG_ACCOUNT), NULL, "/acme/directory", ""));
	rig_tell_key(rig, rig_take(rig, IPC_ACCOUNT_KEY).id, rig->key);
	struct response response = client_read(rig, &client, false);
	assert_int_equal(response.status, 200);
	assert_non_null(response_header(rig, &response, "Replay-Nonce"));
	assert_non_null(strstr((const char *)response.body.ptr, "newNonce"));
	client_close(&client);
	client = rig_post(rig, "/acme/new-nonce", rig_sign(rig, rig->key, rig_kid(rig, RIG_ACCOUNT), NULL, "/acme/new-nonce", ""));
	response = client_read(rig, &client, false);
	assert_int_equal(response.status, 200);
	assert_non_null(response_header(rig, &response, "Replay-Nonce"));
	client_close(&client);
	response = answer(rig, "/acme/directory", rig_sign(rig, rig->key, rig_kid(rig, RIG_ACCOUNT), NULL, "/acme/directory", "{}"));
	assert_problem(rig, &response, 400, "malformed");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		front_test(the_directory_tells_a_client_everything),
		front_test(new_nonce_answers_head_with_200_and_get_with_204),
		front_test(get_with_content_length_zero_is_fine),
		front_test(a_new_account_goes_to_the_registrar_with_its_key),
		front_test(each_kind_of_key_can_sign),
		front_test(each_url_names_its_endpoint_and_objects),
		front_test(another_media_type_is_415),
		front_test(a_body_over_64_kib_is_told_so_in_a_problem_document),
		front_test(a_jws_of_nearly_64_kib_passes),
		front_test(what_is_no_jws_is_malformed),
		front_test(an_unknown_algorithm_is_told_which_are_known),
		front_test(an_algorithm_that_is_not_of_the_keys_kind_is_told_so),
		front_test(a_weak_or_unknown_key_is_a_bad_public_key),
		front_test(a_jws_for_another_url_is_unauthorized_and_burns_no_nonce),
		front_test(a_nonce_is_good_once),
		front_test(the_nonce_of_an_answer_is_good_for_the_next_request),
		front_test(a_missing_or_foreign_nonce_is_bad),
		front_test(a_signature_of_another_key_than_the_jwk_is_unauthorized),
		front_test(jwk_and_kid_stand_where_they_belong),
		front_test(revocation_may_be_signed_by_a_key),
		front_test(a_kid_that_is_no_account_of_ours_is_malformed),
		front_test(another_method_is_405_with_allow),
		front_test(what_is_not_in_the_table_is_404),
		front_test(the_default_chain_has_one_url_only),
		front_test(directory_and_nonce_can_be_had_by_post_as_get),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
