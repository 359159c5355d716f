// How far the letters of email-01 are; what operators did and the audit log does not hold yet.
#include "store/code_letter.h"
#include "store/audit_head.h"
#include "store/operator_note.h"
#include "fixture.h"

static struct store_code_letter get(struct store_txn *txn, int64_t authz, struct arena *arena)
{
	struct store_code_letter letter;
	assert_int_equal(store_code_letter_get(txn, authz, arena, &letter), 0);
	return letter;
}

static int a_letter_is_counted_once_and_its_code_counts_when_it_was_sent(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	int64_t authz = fixture_authz(txn, fixture_account(txn, 1), "a.example", STORE_AUTHZ_PENDING, NOW);
	struct store_code_letter letter;
	assert_int_equal(store_code_letter_get(txn, authz, &arena, &letter), XICA_ENOTFOUND);
	assert_int_equal(store_code_letter_ask(txn, authz, 0, VIEW_LIT("hostmaster@a.example"), NOW), 0);
	assert_int_equal(store_code_letter_ask(txn, authz, 0, VIEW_LIT("postmaster@a.example"), NOW), XICA_ECONFLICT);
	letter = get(txn, authz, &arena);
	assert_view(letter.address, "hostmaster@a.example");
	assert_int_equal(letter.count, 1);
	assert_int_equal(letter.expires, 0);
	assert_int_equal(store_code_letter_sent(txn, authz, NOW, NOW + 900, 5), 0);
	letter = get(txn, authz, &arena);
	assert_int_equal(letter.expires, NOW + 900);
	assert_int_equal(letter.tries_left, 5);
	assert_int_equal(store_code_letter_tried(txn, authz, 4), 0);
	assert_int_equal(get(txn, authz, &arena).expires, NOW + 900);
	assert_int_equal(store_code_letter_tried(txn, authz, 0), 0);
	assert_int_equal(get(txn, authz, &arena).expires, 0);
	return 0;
}

static int only_the_last_letter_asked_for_is_told_of(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	int64_t authz = fixture_authz(txn, fixture_account(txn, 1), "a.example", STORE_AUTHZ_PENDING, NOW);
	assert_int_equal(store_code_letter_ask(txn, authz, 0, VIEW_LIT("hostmaster@a.example"), NOW), 0);
	assert_int_equal(store_code_letter_sent(txn, authz, NOW, NOW + 900, 5), 0);
	assert_int_equal(store_code_letter_ask(txn, authz, 1, VIEW_LIT("postmaster@a.example"), NOW + 1), 0);
	struct store_code_letter letter = get(txn, authz, &arena);
	assert_int_equal(letter.count, 2);
	assert_int_equal(letter.expires, 0); // the code before is void
	assert_int_equal(store_code_letter_sent(txn, authz, NOW, NOW + 900, 5), XICA_ECONFLICT);
	assert_int_equal(store_code_letter_failed(txn, authz, NOW), XICA_ECONFLICT);
	assert_int_equal(store_code_letter_failed(txn, authz, NOW + 1), 0);
	assert_int_equal(get(txn, authz, &arena).count, 1);
	assert_int_equal(store_code_letter_ask(txn, 99, 0, VIEW_LIT("a@a.example"), NOW), XICA_ENOTFOUND);
	return 0;
}

static int notes_wait_in_their_order_until_the_log_has_them(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	struct store_operator_note *notes;
	size_t count;
	assert_int_equal(store_operator_note_list(txn, 9, &arena, &notes, &count), 0);
	assert_int_equal(count, 0);
	assert_int_equal(store_operator_note_insert(txn, NOW, VIEW_LIT("{\"a\":1}")), 0);
	assert_int_equal(store_operator_note_insert(txn, NOW - 1, VIEW_LIT("{\"b\":2}")), 0);
	assert_int_equal(store_operator_note_insert(txn, NOW, VIEW_LIT("{\"c\":3}")), 0);
	assert_int_equal(store_operator_note_list(txn, 2, &arena, &notes, &count), 0);
	assert_int_equal(count, 2);
	assert_view(notes[0].body, "{\"a\":1}");
	assert_int_equal(notes[0].time, NOW);
	assert_view(notes[1].body, "{\"b\":2}");
	int64_t last = notes[1].id;
	assert_int_equal(store_operator_note_done(txn, last), 0);
	assert_int_equal(store_operator_note_done(txn, last), 0);
	assert_int_equal(store_operator_note_count(txn, &count), 0);
	assert_int_equal(count, 1);
	assert_int_equal(store_operator_note_list(txn, 9, &arena, &notes, &count), 0);
	assert_view(notes[0].body, "{\"c\":3}");
	last = notes[0].id;
	assert_int_equal(store_operator_note_done(txn, last), 0);
	assert_int_equal(store_operator_note_insert(txn, NOW, VIEW_LIT("{}")), 0);
	assert_int_equal(store_operator_note_list(txn, 9, &arena, &notes, &count), 0);
	assert_true(notes[0].id > last); // no number comes twice
	assert_int_equal(store_operator_note_insert(txn, NOW, VIEW_NONE), XICA_EINVAL);
	return 0;
}

static int the_logs_end_goes_forward_only(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	struct store_audit_head head;
	assert_int_equal(store_audit_head_get(txn, &arena, &head), XICA_ENOTFOUND);
	assert_int_equal(store_audit_head_put(txn, &(struct store_audit_head){100, VIEW_LIT("aa")}), 0);
	assert_int_equal(store_audit_head_put(txn, &(struct store_audit_head){300, VIEW_LIT("bb")}), 0);
	assert_int_equal(store_audit_head_put(txn, &(struct store_audit_head){200, VIEW_LIT("cc")}), 0);
	assert_int_equal(store_audit_head_get(txn, &arena, &head), 0);
	assert_int_equal(head.size, 300);
	assert_view(head.hash, "bb");
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(a_letter_is_counted_once_and_its_code_counts_when_it_was_sent),
		store_test(only_the_last_letter_asked_for_is_told_of),
		store_test(notes_wait_in_their_order_until_the_log_has_them),
		store_test(the_logs_end_goes_forward_only),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
