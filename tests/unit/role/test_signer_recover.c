// After a crash: which of these serials were signed? Asked of the running signer, many at once, while it has other work, and by a registrar that goes.
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ipc/channel.h"
#include "signer_rig.h"

enum { SIGNED = 4, PREPARED = 4, UNKNOWN = 12, LONG_LINES = 64, LONG_LINE = 1000 * 1000 };

// Lines that take their time to be passed over.
static void make_log_longer(void)
{
	cleanup_buf members = BUF_INIT, notice = BUF_INIT;
	struct audit *audit;
	buf_add_str(&members, "\"by\":\"");
	memset(buf_extend(&members, LONG_LINE), 'x', LONG_LINE);
	buf_add_str(&members, "\"");
	assert_int_equal(audit_open(fixture_config.audit_log, &audit, &notice), 0);
	for (int i = 0; i < LONG_LINES; i++) {
		assert_int_equal(audit_add_members(audit, "operator", buf_view(&members), fixture_clock.now), 0);
		if (i % 8 == 7)
			assert_int_equal(audit_commit(audit), 0);
	}
	audit_close(audit);
}

static void kill_role(void)
{
	assert_int_equal(kill(rig.child, SIGKILL), 0);
	assert_int_equal(rig_ended(), -SIGKILL);
}

static void have_a_long_log(void)
{
	struct stat is;
	assert_int_equal(stat(fixture_config.audit_log, &is), 0);
	if (is.st_size < (off_t)LONG_LINES * LONG_LINE)
		make_log_longer();
}

// --- serials, by number: the first were signed, the next prepared alone, and nobody knows the rest

static struct serials {
	uint8_t serial[SIGNED + PREPARED + UNKNOWN][PKI_SERIAL_LEN];
	uint8_t token[SIGNED + PREPARED][SIGNER_TOKEN_LEN];
	struct buf certificate[SIGNED];
} serials;

static struct view serial(uint64_t number)
{
	return view_bytes(serials.serial[number], PKI_SERIAL_LEN);
}

static struct view token(uint64_t number)
{
	return view_bytes(serials.token[number], SIGNER_TOKEN_LEN);
}

static void prepare_and_sign(void)
{
	rig_start(NULL);
	for (uint64_t i = 0; i < SIGNED + PREPARED; i++) {
		const struct rig_answer *prepared = rig_prepare_honestly(i);
		memcpy(serials.serial[i], prepared->serial.ptr, PKI_SERIAL_LEN);
		memcpy(serials.token[i], prepared->token.ptr, SIGNER_TOKEN_LEN);
	}
	for (uint64_t i = SIGNED + PREPARED; i < SIGNED + PREPARED + UNKNOWN; i++)
		memset(serials.serial[i], (int)i, PKI_SERIAL_LEN);
	for (uint64_t i = 0; i < SIGNED; i++) {
		rig_send_with(IPC_ISSUE, i, IPC_TOKEN, token(i));
		const struct rig_answer *issued = rig_take(i, IPC_ISSUED);
		buf_clear(&serials.certificate[i]);
		buf_add(&serials.certificate[i], buf_view(&issued->certificate));
	}
	rig_forget_answers();
}

static void forget(void)
{
	for (size_t i = 0; i < SIGNED; i++)
		buf_free(&serials.certificate[i]);
}

static void ask_for_all(uint64_t id)
{
	for (uint64_t i = SIGNED + PREPARED + UNKNOWN; i--;)
		rig_send_with(IPC_RECOVER, id + i, IPC_SERIAL, serial(i));
}

static void all_are_answered_as_they_are(uint64_t id)
{
	bool seen[SIGNED + PREPARED + UNKNOWN] = {false};
	rig_wait_for_answers(SIGNED + PREPARED + UNKNOWN);
	for (size_t i = 0; i < rig.count; i++) {
		const struct rig_answer *answer = &rig.answers[i];
		uint64_t number = answer->id - id;
		assert_in_range(number, 0, SIGNED + PREPARED + UNKNOWN - 1);
		assert_false(seen[number]);
		seen[number] = true;
		assert_string_equal(ipc_type_text(answer->type), ipc_type_text(number < SIGNED ? IPC_ISSUED : IPC_NOT_ISSUED));
		assert_true(view_equal(buf_view(&answer->serial), serial(number)));
		if (number < SIGNED)
			assert_true(view_equal(buf_view(&answer->certificate), buf_view(&serials.certificate[number])));
	}
	rig_forget_answers();
}

static void no_token_is_good_any_more(void)
{
	for (uint64_t i = 0; i < SIGNED + PREPARED; i++) {
		rig_send_with(IPC_ISSUE, i, IPC_TOKEN, token(i));
		rig_expect_refusal(i, PKI_REFUSAL_UNKNOWN_TOKEN);
	}
	rig_forget_answers();
}

// --- tests

static void many_that_are_asked_at_once_are_told_apart(void **state)
{
	(void)state;
	prepare_and_sign();
	ask_for_all(100);
	all_are_answered_as_they_are(100);
	no_token_is_good_any_more();
	kill_role();
	rig_start(NULL);
	ask_for_all(200);
	all_are_answered_as_they_are(200);
	no_token_is_good_any_more();
	assert_int_equal(rig_stop(), 0);
	forget();
}

// A long log lies between the end and what is looked for.
static void what_was_signed_long_ago_is_found_as_well(void **state)
{
	(void)state;
	prepare_and_sign();
	assert_int_equal(rig_stop(), 0);
	make_log_longer();
	rig_start(NULL);
	ask_for_all(100);
	all_are_answered_as_they_are(100);
	assert_int_equal(rig_stop(), 0);
	forget();
}

static void what_is_being_signed_when_it_is_asked_for_was_signed(void **state)
{
	(void)state;
	rig_start(NULL);
	const struct rig_answer *prepared = rig_prepare_honestly(1);
	rig_send_with(IPC_ISSUE, 2, IPC_TOKEN, buf_view(&prepared->token));
	rig_send_with(IPC_RECOVER, 3, IPC_SERIAL, buf_view(&prepared->serial));
	rig_wait_for_answers(3);
	assert_int_equal(rig.answers[1].type, IPC_ISSUED);
	assert_int_equal(rig.answers[2].type, IPC_ISSUED);
	assert_true(view_equal(buf_view(&rig.answers[1].certificate), buf_view(&rig.answers[2].certificate)));
	assert_int_equal(rig_stop(), 0);
}

static void what_waits_to_be_signed_when_it_is_asked_for_never_is(void **state)
{
	(void)state;
	rig_start(NULL);
	const struct rig_answer *prepared = rig_prepare_honestly(1);
	rig_send_with(IPC_RECOVER, 2, IPC_SERIAL, buf_view(&prepared->serial));
	rig_send_with(IPC_ISSUE, 3, IPC_TOKEN, buf_view(&prepared->token));
	rig_wait_for_answers(3);
	assert_int_equal(rig.answers[1].type, IPC_NOT_ISSUED);
	assert_int_equal(rig.answers[2].type, IPC_REFUSED);
	assert_string_equal(rig.answers[2].reason, pki_refusal_word(PKI_REFUSAL_UNKNOWN_TOKEN));
	assert_int_equal(rig_stop(), 0);
}

static void wait_for_next(size_t count)
{
	int64_t until = clock_monotonic_ms() + 10000;
	while (rig.count <= count && clock_monotonic_ms() < until)
		(void)event_base_loop(rig.base, EVLOOP_ONCE);
	assert_true(rig.count > count);
}

// How many questions, one after the other, are answered between the search's begin and its end.
static unsigned answered_during_a_search(void)
{
	unsigned count = 0;
	rig_forget_answers();
	rig_send_with(IPC_RECOVER, 1, IPC_SERIAL, VIEW_LIT("\x10never signed"));
	(void)usleep(15000); // it has begun
	for (;; count++) {
		rig_send_with(IPC_ISSUE, 2, IPC_TOKEN, VIEW_LIT("0123456789abcdef"));
		wait_for_next(rig.count);
		for (size_t i = 0; i < rig.count; i++)
			if (rig.answers[i].id == 1)
				return count;
		rig_forget_answers();
	}
}

static void others_are_answered_while_a_long_log_is_searched(void **state)
{
	unsigned best = 0;
	(void)state;
	have_a_long_log();
	rig_start(NULL);
	for (int i = 0; i < 20 && best < 3; i++) { // on a busy machine this process may sleep through one
		unsigned count = answered_during_a_search();
		best = count > best ? count : best;
	}
	assert_true(best >= 3);
	assert_int_equal(rig_stop(), 0);
}

static void who_goes_while_a_long_log_is_searched_asks_again(void **state)
{
	(void)state;
	prepare_and_sign();
	assert_int_equal(rig_stop(), 0);
	have_a_long_log();
	rig_start(NULL);
	for (int i = 0; i < 3; i++) {
		ask_for_all(100);
		(void)usleep(15000);
		ipc_channel_free(rig.registrar);
		rig_connect_registrar();
		rig_forget_answers();
	}
	ask_for_all(200);
	all_are_answered_as_they_are(200);
	ask_for_all(300);
	(void)usleep(15000);
	assert_int_equal(rig_stop(), 0); // in the middle of it
	forget();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(many_that_are_asked_at_once_are_told_apart),
		cmocka_unit_test(what_was_signed_long_ago_is_found_as_well),
		cmocka_unit_test(what_is_being_signed_when_it_is_asked_for_was_signed),
		cmocka_unit_test(what_waits_to_be_signed_when_it_is_asked_for_never_is),
		cmocka_unit_test(others_are_answered_while_a_long_log_is_searched),
		cmocka_unit_test(who_goes_while_a_long_log_is_searched_asks_again),
	};
	return cmocka_run_group_tests(tests, rig_set_up, rig_tear_down);
}
