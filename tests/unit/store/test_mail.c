// The queue of letters, and the history of what was done.
#include "store/event.h"
#include "store/mail.h"
#include "fixture.h"

static int64_t queue(struct store_txn *txn, int64_t person, xica_time next_try)
{
	const struct store_mail mail = {.letter = VIEW_LIT("reset"), .language = VIEW_LIT("de"), .to = VIEW_LIT("Anna@Example.org"),
					.values = VIEW_LIT("{\"token\":\"secret\"}"), .person = person, .created = NOW, .next_try = next_try};
	int64_t id = 0;
	assert_int_equal(store_mail_insert(txn, &mail, &id), 0);
	return id;
}

static struct store_mail get(struct store_txn *txn, int64_t id, struct arena *arena)
{
	struct store_mail mail;
	assert_int_equal(store_mail_get(txn, id, arena, &mail), 0);
	return mail;
}

static int a_letter_is_kept_as_given(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	int64_t person = fixture_person(txn, 1), id = queue(txn, person, NOW + 3);
	struct store_mail mail = get(txn, id, &arena);
	assert_view(mail.letter, "reset");
	assert_view(mail.language, "de");
	assert_view(mail.to, "Anna@Example.org");
	assert_view(mail.values, "{\"token\":\"secret\"}");
	assert_int_equal(mail.person, person);
	assert_int_equal(mail.created, NOW);
	assert_int_equal(mail.tries, 0);
	assert_int_equal(mail.next_try, NOW + 3);
	assert_int_equal(mail.state, STORE_MAIL_WAITING);
	assert_int_equal(mail.ended, 0);
	assert_int_equal(mail.error.len, 0);
	assert_int_equal(store_mail_get(txn, id + 1, &arena, &mail), XICA_ENOTFOUND);
	mail.person = 99;
	assert_int_equal(store_mail_insert(txn, &mail, &id), XICA_ENOTFOUND);
	return 0;
}

static int letters_come_when_they_are_due_the_longest_due_first(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	struct store_mail *list;
	size_t count;
	xica_time next;
	assert_int_equal(store_mail_next(txn, &next), XICA_ENOTFOUND);
	(void)queue(txn, 0, NOW + 5);
	int64_t first = queue(txn, 0, NOW + 1), second = queue(txn, 0, NOW + 2);
	assert_int_equal(store_mail_due(txn, NOW + 2, 9, &arena, &list, &count), 0);
	assert_int_equal(count, 2);
	assert_int_equal(list[0].id, first);
	assert_int_equal(list[1].id, second);
	assert_int_equal(store_mail_due(txn, NOW + 9, 1, &arena, &list, &count), 0);
	assert_int_equal(count, 1);
	assert_int_equal(store_mail_next(txn, &next), 0);
	assert_int_equal(next, NOW + 1);
	assert_int_equal(store_mail_sent(txn, first, NOW + 1), 0);
	assert_int_equal(store_mail_next(txn, &next), 0);
	assert_int_equal(next, NOW + 2);
	return 0;
}

static int a_try_is_begun_once_and_due_again_if_nobody_tells_how_it_ended(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	struct store_mail *list;
	size_t count;
	int64_t id = queue(txn, 0, NOW);
	assert_int_equal(store_mail_begin(txn, id, 0, NOW + 300), 0);
	assert_int_equal(store_mail_begin(txn, id, 0, NOW + 300), XICA_ECONFLICT);
	assert_int_equal(store_mail_due(txn, NOW + 299, 9, &arena, &list, &count), 0);
	assert_int_equal(count, 0);
	assert_int_equal(store_mail_due(txn, NOW + 300, 9, &arena, &list, &count), 0);
	assert_int_equal(count, 1);
	assert_int_equal(list[0].tries, 1);
	return 0;
}

static int a_sent_letter_forgets_its_values(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	int64_t id = queue(txn, 0, NOW);
	assert_int_equal(store_mail_later(txn, id, NOW + 60, VIEW_LIT("450 busy")), 0);
	assert_view(get(txn, id, &arena).error, "450 busy");
	assert_int_equal(get(txn, id, &arena).next_try, NOW + 60);
	assert_int_equal(store_mail_sent(txn, id, NOW + 61), 0);
	struct store_mail mail = get(txn, id, &arena);
	assert_int_equal(mail.state, STORE_MAIL_SENT);
	assert_int_equal(mail.ended, NOW + 61);
	assert_view(mail.values, "{}");
	assert_int_equal(mail.error.len, 0);
	assert_int_equal(store_mail_sent(txn, id, NOW), XICA_ECONFLICT);
	assert_int_equal(store_mail_later(txn, id, NOW, VIEW_NONE), XICA_ECONFLICT);
	assert_int_equal(store_mail_failed(txn, id, NOW, VIEW_NONE), XICA_ECONFLICT);
	assert_int_equal(store_mail_retry(txn, id, NOW), XICA_ECONFLICT);
	assert_int_equal(store_mail_begin(txn, id, 0, NOW), XICA_ECONFLICT);
	return 0;
}

static int a_failed_letter_can_be_tried_again(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	int64_t id = queue(txn, 0, NOW);
	assert_int_equal(store_mail_retry(txn, id, NOW), XICA_ECONFLICT); // it waits
	assert_int_equal(store_mail_begin(txn, id, 0, NOW + 300), 0);
	assert_int_equal(store_mail_failed(txn, id, NOW + 1, VIEW_LIT("550 nobody here")), 0);
	struct store_mail mail = get(txn, id, &arena);
	assert_int_equal(mail.state, STORE_MAIL_FAILED);
	assert_int_equal(mail.ended, NOW + 1);
	assert_view(mail.error, "550 nobody here");
	assert_int_equal(store_mail_retry(txn, id, NOW + 2), 0);
	mail = get(txn, id, &arena);
	assert_int_equal(mail.state, STORE_MAIL_WAITING);
	assert_int_equal(mail.next_try, NOW + 2);
	assert_int_equal(mail.tries, 0);
	assert_int_equal(mail.ended, 0);
	assert_view(mail.values, "{\"token\":\"secret\"}");
	return 0;
}

static int the_console_lists_letters_newest_first_by_state(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	struct store_mail *list;
	size_t count;
	int64_t ids[4];
	for (size_t i = 0; i < 4; i++)
		ids[i] = queue(txn, 0, NOW);
	assert_int_equal(store_mail_failed(txn, ids[0], NOW, VIEW_NONE), 0);
	assert_int_equal(store_mail_failed(txn, ids[2], NOW, VIEW_NONE), 0);
	assert_int_equal(store_mail_list(txn, 0, 0, 3, &arena, &list, &count), 0);
	assert_int_equal(count, 3);
	assert_int_equal(list[0].id, ids[3]);
	assert_int_equal(store_mail_list(txn, 0, list[2].id, 3, &arena, &list, &count), 0);
	assert_int_equal(count, 1);
	assert_int_equal(list[0].id, ids[0]);
	assert_int_equal(store_mail_list(txn, STORE_MAIL_FAILED, 0, 1, &arena, &list, &count), 0);
	assert_int_equal(count, 1);
	assert_int_equal(list[0].id, ids[2]);
	assert_int_equal(store_mail_list(txn, STORE_MAIL_FAILED, ids[2], 9, &arena, &list, &count), 0);
	assert_int_equal(count, 1);
	assert_int_equal(list[0].id, ids[0]);
	assert_int_equal(store_mail_count(txn, STORE_MAIL_WAITING, &count), 0);
	assert_int_equal(count, 2);
	assert_int_equal(store_mail_count(txn, STORE_MAIL_SENT, &count), 0);
	assert_int_equal(count, 0);
	return 0;
}

static int history_is_shown_to_its_person_newest_first(struct store_txn *txn, void *context)
{
	(void)context;
	cleanup_arena arena = ARENA_INIT;
	int64_t a = fixture_person(txn, 1), b = fixture_person(txn, 2);
	struct store_event event = {.person = a, .what = VIEW_LIT("log-in"), .detail = VIEW_LIT("{\"x\":1}"), .remote = VIEW_LIT("192.0.2.1")}, *list;
	size_t count;
	for (int i = 0; i < 5; i++) {
		event.person = i == 2 ? b : a;
		event.time = NOW + i;
		assert_int_equal(store_event_insert(txn, &event), 0);
	}
	assert_int_equal(store_event_list(txn, a, 0, 3, &arena, &list, &count), 0);
	assert_int_equal(count, 3);
	assert_int_equal(list[0].time, NOW + 4);
	assert_int_equal(list[2].time, NOW + 1);
	assert_int_equal(list[0].person, a);
	assert_view(list[0].what, "log-in");
	assert_view(list[0].detail, "{\"x\":1}");
	assert_view(list[0].remote, "192.0.2.1");
	assert_int_equal(store_event_list(txn, a, list[2].id, 3, &arena, &list, &count), 0);
	assert_int_equal(count, 1);
	assert_int_equal(list[0].time, NOW);
	assert_int_equal(store_event_list(txn, b, 0, 3, &arena, &list, &count), 0);
	assert_int_equal(count, 1);
	event.person = 99;
	assert_int_equal(store_event_insert(txn, &event), XICA_ENOTFOUND);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(a_letter_is_kept_as_given),
		store_test(letters_come_when_they_are_due_the_longest_due_first),
		store_test(a_try_is_begun_once_and_due_again_if_nobody_tells_how_it_ended),
		store_test(a_sent_letter_forgets_its_values),
		store_test(a_failed_letter_can_be_tried_again),
		store_test(the_console_lists_letters_newest_first_by_state),
		store_test(history_is_shown_to_its_person_newest_first),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
