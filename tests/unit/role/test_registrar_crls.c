// CRLs: made by the signer, published by the fronts, of what the database says.
#include <stdlib.h>

#include "base/base64url.h"
#include "registrar_rig.h"

static struct rig rig;

static int set_up(void **state)
{
	(void)state;
	rig_start(&rig, "crl { shards = 3 }\n");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	rig_stop(&rig);
	return 0;
}

static uint64_t number_of(const struct ipc_message *message, enum ipc_field field)
{
	uint64_t value = 0;
	assert_int_equal(ipc_message_u64(message, field, &value), 0);
	return value;
}

static void signs(const struct ipc_message *question, const char *der)
{
	cleanup_buf message = BUF_INIT;
	ipc_message_begin(&message, IPC_CRL, question->id);
	ipc_message_add_str(&message, IPC_CRL_DER, der);
	rig_send(&rig, RIG_SIGNER, &message);
}

// One of each shard, as they are asked for at the first start.
static void sign_the_first(void)
{
	for (size_t i = 0; i < 3; i++) {
		struct ipc_message question = rig_take(&rig, RIG_SIGNER, IPC_CRL_BEGIN);
		assert_int_equal(number_of(&question, IPC_NUMBER), 1);
		assert_true(number_of(&question, IPC_NEXT_UPDATE) > number_of(&question, IPC_THIS_UPDATE));
		(void)rig_take(&rig, RIG_SIGNER, IPC_CRL_SIGN);
		signs(&question, arena_printf(&rig.arena, "CRL of shard %u", (unsigned)number_of(&question, IPC_SHARD)));
	}
}

// Until a front is handed this document.
static void is_published(enum rig_peer front, const char *path_end, const char *content)
{
	for (;;) {
		struct ipc_message message = rig_take(&rig, front, IPC_PUBLISH);
		if (strstr(arena_strdup(&rig.arena, ipc_message_bytes(&message, IPC_URL)), path_end)) {
			assert_view(ipc_message_bytes(&message, IPC_BODY), content);
			return;
		}
	}
}

static void a_crl_is_published_to_every_front_and_to_those_that_come_later(void **state)
{
	(void)state;
	sign_the_first();
	is_published(RIG_FRONT, "/1.crl", "CRL of shard 1");
	is_published(RIG_OTHER_FRONT, "/1.crl", "CRL of shard 1");
	rig_disconnect(&rig, RIG_FRONT);
	rig_connect(&rig, RIG_FRONT);
	is_published(RIG_FRONT, "/1.crl", "CRL of shard 1");
}

// Until then it says of a path that it doesn't know "not yet", else "never".
static void a_front_is_told_that_it_has_all_when_the_first_crls_are_out_too(void **state)
{
	(void)state;
	sign_the_first();
	size_t crls = 0;
	for (;;) {
		struct ipc_message message = rig_take(&rig, RIG_FRONT, IPC_PUBLISH);
		if (view_equal_str(ipc_message_bytes(&message, IPC_URL), "/"))
			break;
		crls += view_starts(ipc_message_bytes(&message, IPC_BODY), VIEW_LIT("CRL of shard"));
	}
	assert_int_equal(crls, 3);
}

static void what_can_not_be_made_is_not_waited_for(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		cleanup_buf message = BUF_INIT;
		struct ipc_message question = rig_take(&rig, RIG_SIGNER, IPC_CRL_SIGN);
		ipc_message_begin(&message, IPC_REFUSED, question.id);
		ipc_message_add_str(&message, IPC_PROBLEM, "serverInternal");
		ipc_message_add_str(&message, IPC_REASON, "unknown-issuer");
		ipc_message_add_str(&message, IPC_DETAIL, "there is no such issuer");
		rig_send(&rig, RIG_SIGNER, &message);
	}
	for (struct view url = VIEW_NONE; !view_equal_str(url, "/");) {
		struct ipc_message message = rig_take(&rig, RIG_OTHER_FRONT, IPC_PUBLISH);
		url = ipc_message_bytes(&message, IPC_URL);
	}
}

static void a_signer_that_went_is_asked_again_for_every_crl(void **state)
{
	(void)state;
	(void)rig_take(&rig, RIG_SIGNER, IPC_CRL_SIGN);
	rig_disconnect(&rig, RIG_SIGNER);
	rig_connect(&rig, RIG_SIGNER);
	sign_the_first();
}

static void what_one_signer_refused_the_next_one_is_asked_at_once(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		cleanup_buf message = BUF_INIT;
		struct ipc_message question = rig_take(&rig, RIG_SIGNER, IPC_CRL_SIGN);
		ipc_message_begin(&message, IPC_REFUSED, question.id);
		ipc_message_add_str(&message, IPC_PROBLEM, "serverInternal");
		ipc_message_add_str(&message, IPC_REASON, "unknown-issuer");
		ipc_message_add_str(&message, IPC_DETAIL, "there is no such issuer");
		rig_send(&rig, RIG_SIGNER, &message);
	}
	rig_disconnect(&rig, RIG_SIGNER);
	int64_t before = clock_monotonic_ms();
	rig_connect(&rig, RIG_SIGNER);
	sign_the_first();
	assert_true(clock_monotonic_ms() - before < 8000); // by itself it would take ten seconds
}

static void a_shard_that_the_configuration_no_longer_has_is_still_served(void **state)
{
	(void)state;
	sign_the_first();
	for (size_t published = 0; published < 3;) {
		struct ipc_message message = rig_take(&rig, RIG_OTHER_FRONT, IPC_PUBLISH);
		published += view_starts(ipc_message_bytes(&message, IPC_BODY), VIEW_LIT("CRL of shard"));
	}
	rig_kill(&rig);
	rig.more[0] = 0;
	rig_launch(&rig);
	is_published(RIG_FRONT, "/2.crl", "CRL of shard 2");
}

static void a_revoked_certificate_is_on_a_new_crl_soon(void **state)
{
	struct order order;
	struct view entry;
	(void)state;
	sign_the_first();
	order = rig_ready_order(&rig, "one.example", 0);
	uint64_t id = rig_finalize(&rig, &order);
	struct ipc_message question = rig_take(&rig, RIG_SIGNER, IPC_PREPARE);
	struct prepared prepared = rig_prepared(&rig, &question);
	question = rig_take(&rig, RIG_SIGNER, IPC_ISSUE);
	rig_issued(&rig, &question, &prepared);
	assert_string_equal(rig_answer(&rig, id).state, "valid");
	cleanup_buf text = BUF_INIT;
	base64url_encode(&text, prepared.der);
	const char *payload = arena_printf(&rig.arena, "{\"certificate\":\"%s\",\"reason\":4}", buf_cstr(&text));
	assert_int_equal(rig_call(&rig, ACME_REVOKE_CERT, NULL, payload).status, 200);
	question = rig_take(&rig, RIG_SIGNER, IPC_CRL_BEGIN);
	assert_int_equal(number_of(&question, IPC_SHARD), 0);
	assert_int_equal(number_of(&question, IPC_NUMBER), 2);
	question = rig_take(&rig, RIG_SIGNER, IPC_CRL_ENTRIES);
	assert_true(ipc_message_nth(&question, IPC_REVOKED, 0, &entry));
	assert_true(view_equal(view_sub(entry, 20 - prepared.serial.len, prepared.serial.len), prepared.serial));
	assert_int_equal(entry.ptr[entry.len - 1], 4);
	struct answer answer = rig_call(&rig, ACME_REVOKE_CERT, NULL, payload);
	assert_problem(&answer, 400, "alreadyRevoked");
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(a_crl_is_published_to_every_front_and_to_those_that_come_later),
		T(a_front_is_told_that_it_has_all_when_the_first_crls_are_out_too),
		T(what_can_not_be_made_is_not_waited_for),
		T(a_signer_that_went_is_asked_again_for_every_crl),
		T(what_one_signer_refused_the_next_one_is_asked_at_once),
		T(a_shard_that_the_configuration_no_longer_has_is_still_served),
		T(a_revoked_certificate_is_on_a_new_crl_soon),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
