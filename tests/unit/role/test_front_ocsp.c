// OCSP at the front: what is kept and for how long, and what a client hears while the registrar is away. What is asked and answered here is of one client.
#include <unistd.h>

#include "base/base64url.h"
#include "base/file.h"
#include "front_setup.h"
#include "pki/ocsp.h"

static const char ISSUER[] = "0123456789abcdef", OTHER[] = "another issuer's";

static struct view request_of(struct rig *rig, const char *name)
{
	cleanup_buf der = BUF_INIT;
	assert_int_equal(file_read(arena_printf(&rig->arena, "%s/../fuzz/corpus/ocsp/%s", TEST_VECTORS, name), 65536, &der), 0);
	return arena_copy(&rig->arena, buf_view(&der));
}

static struct client post_as(struct rig *rig, struct view der, const char *type)
{
	struct client client = rig_client(rig, false);
	cleanup_buf text = BUF_INIT;
	buf_addf(&text, "POST /ocsp HTTP/1.1\r\nHost: localhost\r\nContent-Type: %s\r\nContent-Length: %zu\r\n\r\n", type, der.len);
	buf_add(&text, der);
	client_send(&client, buf_view(&text));
	return client;
}

static struct client post(struct rig *rig, struct view der)
{
	return post_as(rig, der, "application/ocsp-request");
}

static struct response answer_to(struct rig *rig, struct client *client)
{
	struct response response = client_read(rig, client, false);
	client_close(client);
	assert_int_equal(response.status, 200);
	assert_string_equal(response_header(rig, &response, "Content-Type"), "application/ocsp-response");
	return response;
}

static void assert_failure(struct view body, enum pki_ocsp_failure failure)
{
	cleanup_buf der = BUF_INIT;
	pki_ocsp_response_failure(&der, failure);
	assert_true(view_equal(body, buf_view(&der)));
}

// As the registrar: this response, that may be kept where issuer is given.
static void respond(struct rig *rig, const char *body, const char *issuer, xica_time life)
{
	cleanup_buf message = BUF_INIT;
	struct ipc_message question = rig_take(rig, IPC_OCSP_REQUEST);
	xica_time now = clock_now();
	ipc_message_begin(&message, IPC_OCSP_RESPONSE, question.id);
	ipc_message_add_str(&message, IPC_BODY, body);
	if (issuer) {
		ipc_message_add_str(&message, IPC_ISSUER, issuer);
		ipc_message_add_u64(&message, IPC_SHARD, 3);
		ipc_message_add_u64(&message, IPC_THIS_UPDATE, (uint64_t)now - 60);
		ipc_message_add_u64(&message, IPC_NEXT_UPDATE, (uint64_t)(now - 60 + life));
	}
	rig_send(rig, &message);
}

static void drop(struct rig *rig, const char *issuer, unsigned shard)
{
	cleanup_buf message = BUF_INIT;
	ipc_message_begin(&message, IPC_OCSP_DROP, 0);
	ipc_message_add_str(&message, IPC_ISSUER, issuer);
	ipc_message_add_u64(&message, IPC_SHARD, shard);
	rig_send(rig, &message);
}

// The registrar is asked, and says this.
static void is_asked(struct rig *rig, const char *name, const char *body, const char *issuer)
{
	struct client client = post(rig, request_of(rig, name));
	respond(rig, body, issuer, XICA_DAY);
	assert_view(answer_to(rig, &client).body, body);
}

static void is_kept(struct rig *rig, const char *name, const char *body)
{
	struct client client = post(rig, request_of(rig, name));
	assert_view(answer_to(rig, &client).body, body);
	assert_true(rig_hears_nothing(rig));
}

static void what_may_be_kept_is_asked_for_once(void **state)
{
	struct rig *rig = *state;
	cleanup_buf path = BUF_INIT;
	is_asked(rig, "sha1", "good", ISSUER);
	is_kept(rig, "sha1", "good");
	buf_add_str(&path, "/ocsp/");
	base64_encode(&path, request_of(rig, "sha1"));
	struct response response = rig_get(rig, false, "GET", buf_cstr(&path), "");
	assert_view(response.body, "good");
	assert_true(rig_hears_nothing(rig));
	const char *etag = response_header(rig, &response, "ETag");
	assert_string_equal(response_header(rig, &response, "Cache-Control"), "public, max-age=10, no-transform, must-revalidate");
	assert_non_null(response_header(rig, &response, "Expires"));
	assert_int_equal(rig_get(rig, false, "GET", buf_cstr(&path), arena_printf(&rig->arena, "If-None-Match: %s\r\n", etag)).status, 304);
	assert_int_equal(rig_get(rig, false, "DELETE", "/ocsp", "").status, 405);
}

static void what_may_not_be_kept_is_asked_for_each_time(void **state)
{
	struct rig *rig = *state;
	is_asked(rig, "sha1", "unknown", NULL);
	is_asked(rig, "sha1", "good", ISSUER);
	is_asked(rig, "sha256-nonce", "with a nonce", ISSUER);
	is_asked(rig, "sha256-nonce", "with a nonce, again", ISSUER);
	is_asked(rig, "several", "several", ISSUER);
	is_asked(rig, "several", "several, again", ISSUER);
}

static void half_of_its_life_is_as_long_as_a_response_is_kept(void **state)
{
	struct rig *rig = *state;
	struct client client = post(rig, request_of(rig, "sha1"));
	respond(rig, "old", ISSUER, 120); // a minute of two is over
	assert_view(answer_to(rig, &client).body, "old");
	is_asked(rig, "sha1", "new", ISSUER);
	is_kept(rig, "sha1", "new");
}

static void a_revocation_drops_what_is_kept_of_its_shard(void **state)
{
	struct rig *rig = *state;
	is_asked(rig, "sha1", "good", ISSUER);
	drop(rig, ISSUER, 2);
	drop(rig, OTHER, 3);
	is_kept(rig, "sha1", "good");
	drop(rig, ISSUER, 3);
	is_asked(rig, "sha1", "revoked", ISSUER);
	is_kept(rig, "sha1", "revoked");
}

static void what_is_kept_serves_while_the_registrar_is_away_and_no_longer(void **state)
{
	struct rig *rig = *state;
	is_asked(rig, "sha1", "good", ISSUER);
	rig_disconnect_registrar(rig);
	struct client kept = post(rig, request_of(rig, "sha1"));
	assert_view(answer_to(rig, &kept).body, "good");
	struct client other = post(rig, request_of(rig, "sha512"));
	assert_failure(answer_to(rig, &other).body, PKI_OCSP_TRY_LATER);
	rig_connect_registrar(rig);
	is_asked(rig, "sha1", "revoked meanwhile", ISSUER);
}

static void who_waits_for_a_registrar_that_goes_is_told_to_try_later(void **state)
{
	struct rig *rig = *state;
	struct client client = post(rig, request_of(rig, "sha1"));
	(void)rig_take(rig, IPC_OCSP_REQUEST);
	rig_disconnect_registrar(rig);
	struct response response = answer_to(rig, &client);
	assert_failure(response.body, PKI_OCSP_TRY_LATER);
	assert_string_equal(response_header(rig, &response, "Cache-Control"), "no-store");
}

static void what_is_no_request_reaches_no_registrar(void **state)
{
	struct rig *rig = *state;
	uint8_t *large = calloc(1, PKI_OCSP_REQUEST_MAX + 1);
	struct client clients[] = {post(rig, VIEW_LIT("x")), post(rig, VIEW_NONE), post(rig, view_bytes(large, PKI_OCSP_REQUEST_MAX + 1)),
				   post_as(rig, request_of(rig, "sha1"), "text/plain")};
	for (size_t i = 0; i < sizeof(clients) / sizeof(clients[0]); i++)
		assert_failure(answer_to(rig, &clients[i]).body, PKI_OCSP_MALFORMED);
	assert_failure(rig_get(rig, false, "GET", "/ocsp/%3", "").body, PKI_OCSP_MALFORMED);
	assert_failure(rig_get(rig, false, "GET", "/ocsp/", "").body, PKI_OCSP_MALFORMED);
	rig_tell_whole(rig);
	assert_int_equal(rig_get(rig, false, "GET", "/ocspx", "").status, 404);
	assert_true(rig_hears_nothing(rig));
	free(large);
}

static int start_limited(void **state)
{
	return start_front_with(state, "ocsp { fresh-per-second = 1 }\ndevelopment {}\n");
}

static void more_fresh_ones_than_allowed_are_told_to_try_later(void **state)
{
	struct rig *rig = *state;
	struct client first = post(rig, request_of(rig, "sha1"));
	respond(rig, "good", ISSUER, XICA_DAY);
	assert_view(answer_to(rig, &first).body, "good");
	struct client second = post(rig, request_of(rig, "sha256-nonce"));
	assert_failure(answer_to(rig, &second).body, PKI_OCSP_TRY_LATER);
	is_kept(rig, "sha1", "good");
}

static void what_other_fronts_have_signed_counts_too(void **state)
{
	struct rig *rig = *state;
	struct shared_rate *fresh = &rig->shared->ocsp_fresh;
	is_asked(rig, "sha1", "good", ISSUER);
	assert_false(shared_rate_take(fresh, 1, clock_monotonic_us())); // as another front
	(void)usleep(1000000);
	assert_true(shared_rate_take(fresh, 1, clock_monotonic_us()));
	struct client client = post(rig, request_of(rig, "sha256-nonce"));
	assert_failure(answer_to(rig, &client).body, PKI_OCSP_TRY_LATER);
}

static int start_off(void **state)
{
	return start_front_with(state, "ocsp { enabled = false }\ndevelopment {}\n");
}

static void where_it_is_left_off_there_is_nothing(void **state)
{
	struct rig *rig = *state;
	rig_tell_whole(rig);
	assert_int_equal(rig_get(rig, false, "GET", "/ocsp/MA==", "").status, 404);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		front_test(what_may_be_kept_is_asked_for_once),
		front_test(what_may_not_be_kept_is_asked_for_each_time),
		front_test(half_of_its_life_is_as_long_as_a_response_is_kept),
		front_test(a_revocation_drops_what_is_kept_of_its_shard),
		front_test(what_is_kept_serves_while_the_registrar_is_away_and_no_longer),
		front_test(who_waits_for_a_registrar_that_goes_is_told_to_try_later),
		front_test(what_is_no_request_reaches_no_registrar),
		cmocka_unit_test_setup_teardown(more_fresh_ones_than_allowed_are_told_to_try_later, start_limited, stop_front),
		cmocka_unit_test_setup_teardown(what_other_fronts_have_signed_counts_too, start_limited, stop_front),
		cmocka_unit_test_setup_teardown(where_it_is_left_off_there_is_nothing, start_off, stop_front),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
