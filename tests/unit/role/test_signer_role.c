// Plays a broken registrar on a real socket against the running role: what it may ask, what ends its connection, and what a crash leaves.
#include <signal.h>

#include "signer_rig.h"

static void an_honest_registrar_gets_its_certificate_and_can_ask_for_it_again(void **state)
{
	(void)state;
	rig_start(NULL);
	const struct rig_answer *prepared = rig_prepare_honestly(1);
	rig_send_with(IPC_ISSUE, 2, IPC_TOKEN, buf_view(&prepared->token));
	const struct rig_answer *issued = rig_take(2, IPC_ISSUED);
	assert_true(view_equal(buf_view(&issued->serial), buf_view(&prepared->serial)));
	rig_send_with(IPC_RECOVER, 3, IPC_SERIAL, buf_view(&prepared->serial));
	const struct rig_answer *again = rig_take(3, IPC_ISSUED);
	assert_true(view_equal(buf_view(&again->certificate), buf_view(&issued->certificate)));
	rig_send_with(IPC_RECOVER, 4, IPC_SERIAL, VIEW_LIT("\x10zzzzzzzzzzzzzzzz"));
	(void)rig_take(4, IPC_NOT_ISSUED);
	assert_int_equal(rig_stop(), 0);
}

static void every_lie_is_refused_with_its_own_word(void **state)
{
	(void)state;
	rig_start(NULL);
	struct applicant a = fixture_applicant(), stranger = fixture_applicant();
	rig_send_prepare(&a, 1);
	rig_expect_refusal(1, PKI_REFUSAL_NAMES);
	fixture_prove(&a, "*.example.org");
	rig_send_prepare(&a, 2);
	rig_expect_refusal(2, PKI_REFUSAL_WILDCARD);
	fixture_prove(&a, "example.org");
	fixture_finalize(&a, buf_view(&a.csr), stranger.account);
	rig_send_prepare(&a, 3);
	rig_expect_refusal(3, PKI_REFUSAL_FORGED_FINALIZE);
	fixture_ask_for(&a, "example.org", "other.example");
	rig_send_prepare(&a, 4);
	rig_expect_refusal(4, PKI_REFUSAL_NAMES);
	struct receipt stolen = fixture_receipt(&stranger, RECEIPT_CONTROL, "other.example");
	fixture_add_receipt(&a, &stolen);
	rig_send_prepare(&a, 5);
	rig_expect_refusal(5, PKI_REFUSAL_RECEIPT_ACCOUNT);
	a.receipts[a.receipt_count - 1].ptr[20] ^= 1;
	rig_send_prepare(&a, 6);
	rig_expect_refusal(6, PKI_REFUSAL_RECEIPT_SEAL);
	a.profile = "none";
	rig_send_prepare(&a, 7);
	rig_expect_refusal(7, PKI_REFUSAL_UNKNOWN_PROFILE);
	rig_send_with(IPC_ISSUE, 8, IPC_TOKEN, VIEW_LIT("0123456789abcdef"));
	rig_expect_refusal(8, PKI_REFUSAL_UNKNOWN_TOKEN);
	const struct rig_answer *prepared = rig_prepare_honestly(9);
	rig_send_with(IPC_ISSUE, 10, IPC_TOKEN, buf_view(&prepared->token));
	(void)rig_take(10, IPC_ISSUED);
	rig_send_with(IPC_ISSUE, 11, IPC_TOKEN, buf_view(&prepared->token));
	rig_expect_refusal(11, PKI_REFUSAL_UNKNOWN_TOKEN);
	fixture_forget(&a);
	fixture_forget(&stranger);
	assert_int_equal(rig_stop(), 0);
}

static void what_no_registrar_may_say_ends_its_connection_and_nothing_else(void **state)
{
	(void)state;
	rig_start(NULL);
	cleanup_buf message = BUF_INIT;
	ipc_message_begin(&message, IPC_ISSUED, 1); // an answer is no question
	ipc_message_add(&message, IPC_SERIAL, VIEW_LIT("x"));
	ipc_message_add(&message, IPC_CERTIFICATE, VIEW_LIT("x"));
	rig_send(&message);
	rig_wait_for(&rig.registrar_closed);
	rig_connect_registrar();
	buf_clear(&message);
	buf_add(&message, VIEW_LIT("\0\x3c\0\0\0\0\0\0\0\1\xff\xff\xff\xff\xff\xff"));
	rig_send(&message);
	rig_wait_for(&rig.registrar_closed);
	rig_connect_registrar();
	buf_clear(&message);
	ipc_message_begin(&message, IPC_CONFIGURE, 1); // only the parent configures
	ipc_message_add(&message, IPC_CONFIG, VIEW_LIT(""));
	ipc_message_add_u64(&message, IPC_ROLE_INDEX, 0);
	rig_send(&message);
	rig_wait_for(&rig.registrar_closed);
	rig_connect_registrar();
	(void)rig_prepare_honestly(2);
	assert_int_equal(rig_stop(), 0);
}

static void what_comes_together_is_answered_together_and_all_of_it_is_in_the_log(void **state)
{
	enum { MANY = 20 };
	(void)state;
	uint64_t before, after;
	assert_int_equal(audit_verify(fixture_config.audit_log, &before), 0);
	rig_start(NULL);
	for (uint64_t i = 0; i < MANY; i++)
		(void)rig_prepare_honestly(i);
	for (uint64_t i = 0; i < MANY; i++)
		rig_send_with(IPC_ISSUE, 100 + i, IPC_TOKEN, buf_view(&rig.answers[i].token));
	rig_wait_for_answers(2 * MANY);
	for (size_t i = MANY; i < 2 * MANY; i++)
		assert_int_equal(rig.answers[i].type, IPC_ISSUED);
	assert_int_equal(rig_stop(), 0);
	assert_int_equal(audit_verify(fixture_config.audit_log, &after), 0);
	assert_int_equal(after, before + 1 + MANY); // "start" too
}

static void a_crl_goes_over_the_socket_in_pieces(void **state)
{
	(void)state;
	cleanup_buf begin = BUF_INIT, sign = BUF_INIT;
	uint8_t entry[29] = {0};
	rig_start(NULL);
	ipc_message_begin(&begin, IPC_CRL_BEGIN, 5);
	ipc_message_add_str(&begin, IPC_ISSUER, fixture_core.ca.issuers[0].id);
	ipc_message_add_u64(&begin, IPC_SHARD, 0);
	ipc_message_add_u64(&begin, IPC_NUMBER, 3);
	ipc_message_add_u64(&begin, IPC_THIS_UPDATE, (uint64_t)fixture_clock.now);
	ipc_message_add_u64(&begin, IPC_NEXT_UPDATE, (uint64_t)fixture_clock.now + XICA_DAY);
	ipc_message_begin(&sign, IPC_CRL_SIGN, 5);
	rig_send(&begin);
	entry[19] = 1;
	for (int i = 0; i < 3; i++) {
		entry[18] = (uint8_t)i;
		rig_send_with(IPC_CRL_ENTRIES, 5, IPC_REVOKED, view_bytes(entry, sizeof(entry)));
	}
	rig_send(&sign);
	assert_true(rig_take(5, IPC_CRL)->crl.len > 200);
	rig_send(&sign);
	rig_expect_refusal(5, PKI_REFUSAL_CRL_ORDER);
	assert_int_equal(rig_stop(), 0);
}

// Kills the signer at a point on the way of an ISSUE. Afterwards the serial is either recorded with its certificate or never will be.
static void check_crash(const char *point, enum ipc_type recovered)
{
	cleanup_buf serial = BUF_INIT, token = BUF_INIT;
	rig_start(point);
	const struct rig_answer *prepared = rig_prepare_honestly(1);
	buf_add(&serial, buf_view(&prepared->serial));
	buf_add(&token, buf_view(&prepared->token));
	rig_send_with(IPC_ISSUE, 2, IPC_TOKEN, buf_view(&token));
	rig_wait_for(&rig.registrar_closed);
	assert_int_equal(rig_ended(), -SIGKILL);
	rig_start(NULL);
	rig_send_with(IPC_ISSUE, 3, IPC_TOKEN, buf_view(&token));
	rig_expect_refusal(3, PKI_REFUSAL_UNKNOWN_TOKEN);
	rig_send_with(IPC_RECOVER, 4, IPC_SERIAL, buf_view(&serial));
	(void)rig_take(4, recovered);
	assert_int_equal(rig_stop(), 0);
}

static void a_crash_leaves_a_certificate_on_record_or_none(void **state)
{
	(void)state;
	check_crash("signer:before-sign", IPC_NOT_ISSUED);
	check_crash("signer:after-sign", IPC_NOT_ISSUED);
	check_crash("signer:after-audit", IPC_ISSUED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_honest_registrar_gets_its_certificate_and_can_ask_for_it_again),
		cmocka_unit_test(every_lie_is_refused_with_its_own_word),
		cmocka_unit_test(what_no_registrar_may_say_ends_its_connection_and_nothing_else),
		cmocka_unit_test(what_comes_together_is_answered_together_and_all_of_it_is_in_the_log),
		cmocka_unit_test(a_crl_goes_over_the_socket_in_pieces),
		cmocka_unit_test(a_crash_leaves_a_certificate_on_record_or_none),
	};
	return cmocka_run_group_tests(tests, rig_set_up, rig_tear_down);
}
