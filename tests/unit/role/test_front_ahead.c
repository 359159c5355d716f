// What the registrar says along with an answer, and what becomes of it until it is asked for.
#include <poll.h>

#include "front_setup.h"
#include "role/front/ahead.h"

// --- what is kept

static const uint8_t KEY[CRYPTO_SHA256_LEN] = {1}, OTHER_KEY[CRYPTO_SHA256_LEN] = {2};
static const struct front_ahead_reader READER = {7, KEY};
static const struct view URL = VIEW_LIT("https://ca.example/acme/authz/1");

enum { KEPT_MAX = 3, KEPT_BYTES_MAX = 4096 };

struct kept {
	struct front_shared_changes changes;
	struct front_ahead *ahead;
	struct arena arena;
};

static int begin_keeping(void **state)
{
	struct kept *kept = calloc(1, sizeof(*kept));
	*state = kept;
	return kept ? front_ahead_new(KEPT_MAX, KEPT_BYTES_MAX, &kept->changes, &kept->ahead) : -1;
}

static int end_keeping(void **state)
{
	struct kept *kept = *state;
	front_ahead_free(kept->ahead);
	arena_free(&kept->arena);
	free(kept);
	return 0;
}

static void write_ahead(struct buf *out, struct view url, const char *body)
{
	ipc_message_begin(out, IPC_HTTP_REPLY, 0);
	ipc_message_add_u64(out, IPC_STATUS, 200);
	ipc_message_add_str(out, IPC_CONTENT_TYPE, "application/json");
	ipc_message_add_str(out, IPC_BODY, body);
	ipc_message_add(out, IPC_URL, url);
}

static void keep(struct kept *kept, struct view url, const char *body, int64_t now_ms)
{
	cleanup_buf message = BUF_INIT;
	write_ahead(&message, url, body);
	front_ahead_put(kept->ahead, &READER, front_ahead_changes(kept->ahead, READER.account), now_ms, buf_view(&message));
}

// NULL: nothing.
static const char *taken(struct kept *kept, const struct front_ahead_reader *reader, struct view url, int64_t now_ms)
{
	struct ipc_message reply;
	if (!front_ahead_take(kept->ahead, reader, url, now_ms, &kept->arena, &reply))
		return NULL;
	return arena_strdup(&kept->arena, ipc_message_bytes(&reply, IPC_BODY));
}

static void what_was_said_is_had_once(void **state)
{
	struct kept *kept = *state;
	keep(kept, URL, "{\"a\":1}", 0);
	assert_null(taken(kept, &READER, VIEW_LIT("https://ca.example/acme/authz/2"), 0));
	assert_string_equal(taken(kept, &READER, URL, 0), "{\"a\":1}");
	assert_null(taken(kept, &READER, URL, 0));
}

static void what_is_said_later_replaces_it(void **state)
{
	struct kept *kept = *state;
	keep(kept, URL, "old", 0);
	keep(kept, URL, "new", 0);
	assert_string_equal(taken(kept, &READER, URL, 0), "new");
	assert_null(taken(kept, &READER, URL, 0));
}

static void it_holds_for_seconds(void **state)
{
	struct kept *kept = *state;
	keep(kept, URL, "{}", 1000);
	assert_non_null(taken(kept, &READER, URL, 1000 + FRONT_AHEAD_MS - 1));
	keep(kept, URL, "{}", 1000);
	assert_null(taken(kept, &READER, URL, 1000 + FRONT_AHEAD_MS));
}

static void nobody_else_has_it(void **state)
{
	struct kept *kept = *state;
	const struct front_ahead_reader other = {8, KEY}, changed_key = {7, OTHER_KEY};
	keep(kept, URL, "{}", 0);
	assert_null(taken(kept, &other, URL, 0));
	assert_non_null(taken(kept, &READER, URL, 0));
	keep(kept, URL, "{}", 0);
	assert_null(taken(kept, &changed_key, URL, 0));
}

static void a_change_of_the_account_ends_it(void **state)
{
	struct kept *kept = *state;
	keep(kept, URL, "{}", 0);
	front_ahead_changed(kept->ahead, READER.account + 1);
	assert_non_null(taken(kept, &READER, URL, 0));
	keep(kept, URL, "{}", 0);
	front_ahead_changed(kept->ahead, READER.account);
	assert_null(taken(kept, &READER, URL, 0));
}

// The request that it came with may have been worked on before the change.
static void a_change_since_the_request_was_forwarded_counts(void **state)
{
	struct kept *kept = *state;
	cleanup_buf message = BUF_INIT;
	uint32_t before = front_ahead_changes(kept->ahead, READER.account);
	front_ahead_changed(kept->ahead, READER.account);
	write_ahead(&message, URL, "{}");
	front_ahead_put(kept->ahead, &READER, before, 0, buf_view(&message));
	assert_null(taken(kept, &READER, URL, 0));
}

// So it is with what the registrar takes back, whichever front hears of it first.
static void what_was_taken_back_since_the_request_was_forwarded_is_not_kept(void **state)
{
	struct kept *kept = *state;
	cleanup_buf message = BUF_INIT;
	uint32_t before = front_ahead_changes(kept->ahead, READER.account);
	struct front_ahead *other;
	assert_int_equal(front_ahead_new(KEPT_MAX, KEPT_BYTES_MAX, &kept->changes, &other), 0);
	front_ahead_clear(other);
	front_ahead_free(other);
	write_ahead(&message, URL, "{}");
	front_ahead_put(kept->ahead, &READER, before, 0, buf_view(&message));
	assert_null(taken(kept, &READER, URL, 0));
}

static void the_oldest_make_room(void **state)
{
	struct kept *kept = *state;
	for (int i = 0; i <= KEPT_MAX; i++)
		keep(kept, view_str(arena_printf(&kept->arena, "%d", i)), "{}", i);
	assert_null(taken(kept, &READER, VIEW_LIT("0"), KEPT_MAX));
	for (int i = 1; i <= KEPT_MAX; i++)
		assert_non_null(taken(kept, &READER, view_str(arena_printf(&kept->arena, "%d", i)), KEPT_MAX));
}

static void long_ones_make_room_for_each_other(void **state)
{
	struct kept *kept = *state;
	cleanup_buf body = BUF_INIT;
	while (body.len < KEPT_BYTES_MAX / 2)
		buf_add_str(&body, "x");
	keep(kept, VIEW_LIT("0"), buf_cstr(&body), 0);
	keep(kept, VIEW_LIT("1"), buf_cstr(&body), 0);
	assert_null(taken(kept, &READER, VIEW_LIT("0"), 0));
	assert_non_null(taken(kept, &READER, VIEW_LIT("1"), 0));
	keep(kept, VIEW_LIT("2"), buf_cstr(&body), 0);
	keep(kept, VIEW_LIT("2"), buf_cstr(&body), 0); // in its own place
	assert_non_null(taken(kept, &READER, VIEW_LIT("2"), 0));
	keep(kept, URL, "{}", 0);
	while (body.len < KEPT_BYTES_MAX)
		buf_add_str(&body, "x");
	keep(kept, VIEW_LIT("3"), buf_cstr(&body), 0); // and one that would have no room at all throws nobody out
	assert_null(taken(kept, &READER, VIEW_LIT("3"), 0));
	assert_non_null(taken(kept, &READER, URL, 0));
}

static void what_is_no_answer_to_a_url_is_not_kept(void **state)
{
	struct kept *kept = *state;
	cleanup_buf message = BUF_INIT;
	front_ahead_put(kept->ahead, &READER, 0, 0, VIEW_LIT("nonsense"));
	ipc_message_begin(&message, IPC_HTTP_REPLY, 0);
	ipc_message_add_u64(&message, IPC_STATUS, 200);
	front_ahead_put(kept->ahead, &READER, 0, 0, buf_view(&message));
	assert_null(taken(kept, &READER, VIEW_LIT(""), 0));
}

// --- a front with it

static struct client post(struct rig *rig, const struct crypto_key *key, const char *path, const char *payload)
{
	return rig_post(rig, path, rig_sign(rig, key, rig_kid(rig, RIG_ACCOUNT), NULL, path, payload));
}

static struct response finish(struct rig *rig, struct client *client)
{
	struct response response = client_read(rig, client, false);
	client_close(client);
	return response;
}

static void reply_ahead(struct rig *rig, uint64_t id, const char *path)
{
	cleanup_buf message = BUF_INIT, ahead = BUF_INIT;
	write_ahead(&ahead, view_str(arena_printf(&rig->arena, "%s%s", rig->url, path)), "{\"said\":\"ahead\"}");
	ipc_message_begin(&message, IPC_HTTP_REPLY, id);
	ipc_message_add_u64(&message, IPC_STATUS, 201);
	ipc_message_add(&message, IPC_AHEAD, buf_view(&ahead));
	rig_send(rig, &message);
}

static void make_order(struct rig *rig)
{
	struct client client = post(rig, rig->key, "/acme/new-order", "{}");
	struct ipc_message message = rig_take(rig, IPC_ACCOUNT_KEY);
	rig_tell_key(rig, message.id, rig->key);
	reply_ahead(rig, rig_take(rig, IPC_ACME_REQUEST).id, "/acme/authz/5");
	assert_int_equal(finish(rig, &client).status, 201);
}

// Whichever comes first: the front's question to its registrar, or its answer.
static bool is_forwarded(const struct rig *rig, const struct client *client)
{
	struct pollfd fds[] = {{.fd = rig->registrar, .events = POLLIN}, {.fd = client->fd, .events = POLLIN}};
	assert_true(poll(fds, 2, 5000) > 0);
	return fds[0].revents != 0;
}

static bool is_answered_ahead(struct rig *rig, const char *path, const char *payload)
{
	struct client client = post(rig, rig->key, path, payload);
	bool ahead = !is_forwarded(rig, &client);
	if (!ahead)
		rig_reply(rig, rig_take(rig, IPC_ACME_REQUEST).id, 200, "{}");
	struct response response = finish(rig, &client);
	assert_int_equal(response.status, 200);
	assert_non_null(response_header(rig, &response, "Replay-Nonce"));
	assert_int_equal(view_equal_str(response.body, "{\"said\":\"ahead\"}"), ahead);
	return ahead;
}

static void a_read_of_it_needs_no_registrar(void **state)
{
	struct rig *rig = *state;
	make_order(rig);
	assert_true(is_answered_ahead(rig, "/acme/authz/5", ""));
	assert_false(is_answered_ahead(rig, "/acme/authz/5", ""));
}

static void a_payload_is_no_read(void **state)
{
	struct rig *rig = *state;
	make_order(rig);
	assert_false(is_answered_ahead(rig, "/acme/authz/5", "{\"status\":\"deactivated\"}"));
	assert_false(is_answered_ahead(rig, "/acme/authz/5", "")); // and it changed it
}

static void what_was_changed_at_another_front_is_asked_for(void **state)
{
	struct rig *rig = *state;
	make_order(rig);
	atomic_fetch_add(&rig->shared->changes.counts[RIG_ACCOUNT], 1);
	assert_false(is_answered_ahead(rig, "/acme/authz/5", ""));
}

static void an_answered_challenge_is_a_change_and_its_reading_is_none(void **state)
{
	struct rig *rig = *state;
	make_order(rig);
	assert_false(is_answered_ahead(rig, "/acme/challenge/5/http-01", ""));
	assert_true(is_answered_ahead(rig, "/acme/authz/5", ""));
	struct client client = post(rig, rig->key, "/acme/new-order", "{}");
	reply_ahead(rig, rig_take(rig, IPC_ACME_REQUEST).id, "/acme/authz/5");
	assert_int_equal(finish(rig, &client).status, 201);
	assert_false(is_answered_ahead(rig, "/acme/challenge/5/http-01", "{}"));
	assert_false(is_answered_ahead(rig, "/acme/authz/5", ""));
}

// Another front may be told what came of it before this one is, or this one may die before it says so.
static void a_change_ends_it_as_soon_as_it_is_forwarded(void **state)
{
	struct rig *rig = *state;
	make_order(rig);
	struct client client = post(rig, rig->key, "/acme/challenge/5/http-01", "{}");
	uint64_t id = rig_take(rig, IPC_ACME_REQUEST).id;
	assert_false(is_answered_ahead(rig, "/acme/authz/5", ""));
	rig_reply(rig, id, 200, "{}");
	assert_int_equal(finish(rig, &client).status, 200);
}

static void the_registrar_can_take_it_back(void **state)
{
	struct rig *rig = *state;
	cleanup_buf message = BUF_INIT;
	make_order(rig);
	ipc_message_begin(&message, IPC_AHEAD_DROP, 0);
	rig_send(rig, &message);
	assert_false(is_answered_ahead(rig, "/acme/authz/5", ""));
}

// A finalize may be answered seconds after its account was looked at: an operator may have suspended it meanwhile.
static void what_is_taken_back_before_it_is_said_is_not_had(void **state)
{
	struct rig *rig = *state;
	cleanup_buf drop = BUF_INIT;
	make_order(rig);
	struct client client = post(rig, rig->key, "/acme/order/1/finalize", "{\"csr\":\"\"}");
	uint64_t id = rig_take(rig, IPC_ACME_REQUEST).id;
	ipc_message_begin(&drop, IPC_AHEAD_DROP, 0);
	rig_send(rig, &drop);
	reply_ahead(rig, id, "/acme/certificate/0a");
	assert_int_equal(finish(rig, &client).status, 201);
	assert_false(is_answered_ahead(rig, "/acme/certificate/0a", ""));
}

static void it_goes_with_the_registrar(void **state)
{
	struct rig *rig = *state;
	make_order(rig);
	rig_disconnect_registrar(rig);
	rig_connect_registrar(rig);
	assert_false(is_answered_ahead(rig, "/acme/authz/5", ""));
}

#define keeping_test(name) cmocka_unit_test_setup_teardown(name, begin_keeping, end_keeping)

int main(void)
{
	const struct CMUnitTest tests[] = {
		keeping_test(what_was_said_is_had_once),
		keeping_test(what_is_said_later_replaces_it),
		keeping_test(it_holds_for_seconds),
		keeping_test(nobody_else_has_it),
		keeping_test(a_change_of_the_account_ends_it),
		keeping_test(a_change_since_the_request_was_forwarded_counts),
		keeping_test(what_was_taken_back_since_the_request_was_forwarded_is_not_kept),
		keeping_test(the_oldest_make_room),
		keeping_test(long_ones_make_room_for_each_other),
		keeping_test(what_is_no_answer_to_a_url_is_not_kept),
		front_test(a_read_of_it_needs_no_registrar),
		front_test(a_payload_is_no_read),
		front_test(what_was_changed_at_another_front_is_asked_for),
		front_test(an_answered_challenge_is_a_change_and_its_reading_is_none),
		front_test(a_change_ends_it_as_soon_as_it_is_forwarded),
		front_test(the_registrar_can_take_it_back),
		front_test(what_is_taken_back_before_it_is_said_is_not_had),
		front_test(it_goes_with_the_registrar),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
