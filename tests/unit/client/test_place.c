// A certificate and its key where a server reads them: after the first time both change in one step; and what was there comes back.
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "check.h"
#include "client/place.h"
#include "killed.h"
#include "scratch.h"

static char certificate[64], key[64];
static const char *writing = "1";

static const struct client_place *pair(void)
{
	static struct client_place place;
	(void)snprintf(certificate, sizeof(certificate), "%s/d.crt", scratch);
	(void)snprintf(key, sizeof(key), "%s/d.key", scratch);
	place = (struct client_place){certificate, key};
	return &place;
}

static const struct client_place *single(void)
{
	static struct client_place place;
	(void)pair();
	place = (struct client_place){certificate, NULL};
	return &place;
}

static int put(const struct client_place *place, bool and_back)
{
	cleanup_trouble trouble = CLIENT_TROUBLE_INIT;
	cleanup_arena arena = ARENA_INIT;
	struct client_placed placed;
	int error = client_place_put(place, "d", "nobody", view_str(writing), view_str(writing), &arena, &placed, &trouble);
	if (!error && and_back)
		error = client_place_back(&placed, "nobody", &trouble);
	client_placed_free(&placed);
	return error;
}

static int put_pair(void)
{
	return put(pair(), false);
}

static int put_single(void)
{
	return put(single(), false);
}

static void assert_file(const char *path, const char *content)
{
	cleanup_buf is = BUF_INIT;
	assert_int_equal(file_read(path, 1000, &is), 0);
	assert_view(buf_view(&is), content);
}

static void assert_same_of(const char *old, const char *new)
{
	cleanup_buf one = BUF_INIT, other = BUF_INIT;
	assert_int_equal(file_read(certificate, 1000, &one), 0);
	assert_int_equal(file_read(key, 1000, &other), 0);
	assert_true(view_equal(buf_view(&one), buf_view(&other)));
	assert_true(view_equal_str(buf_view(&one), old) || view_equal_str(buf_view(&one), new));
}

static void a_crash_at_any_step_of_a_renewal_leaves_a_key_that_fits_its_certificate(void **state)
{
	int step = 1, done = -1;
	(void)state;
	for (; step < KILLED_STEPS_MAX && done != KILLED_EXIT_DONE; step++) {
		scratch_clean();
		writing = "old";
		assert_int_equal(put_pair(), 0);
		writing = "new";
		done = killed_at(step, true, put_pair);
		assert_same_of("old", "new");
	}
	assert_true(step > 8 && step < KILLED_STEPS_MAX);
}

static void one_file_is_the_old_or_the_new_one(void **state)
{
	int step = 1, done = -1;
	(void)state;
	for (; step < KILLED_STEPS_MAX && done != KILLED_EXIT_DONE; step++) {
		scratch_clean();
		writing = "old";
		assert_int_equal(put_single(), 0);
		writing = "new";
		done = killed_at(step, true, put_single);
		cleanup_buf is = BUF_INIT;
		assert_int_equal(file_read(certificate, 1000, &is), 0);
		assert_true(view_equal_str(buf_view(&is), "oldold") || view_equal_str(buf_view(&is), "newnew"));
	}
	assert_true(step > 3 && step < KILLED_STEPS_MAX);
}

static void what_was_there_comes_back(void **state)
{
	(void)state;
	scratch_clean();
	(void)pair();
	writing = "new";
	assert_int_equal(put(pair(), true), 0); // nothing was there
	assert_false(file_exists(certificate) || file_exists(key));
	assert_int_equal(file_replace(certificate, 0644, VIEW_LIT("own certificate")), 0);
	assert_int_equal(file_replace(key, 0600, VIEW_LIT("own key")), 0);
	assert_int_equal(put(pair(), true), 0);
	assert_file(certificate, "own certificate");
	assert_file(key, "own key");
	assert_int_equal(put(single(), true), 0);
	assert_file(certificate, "own certificate");
	assert_int_equal(unlink(certificate), 0);
	assert_int_equal(symlink(key, certificate), 0); // as other clients install
	assert_int_equal(put(pair(), true), 0);
	assert_file(certificate, "own key");
	writing = "first";
	assert_int_equal(put_pair(), 0);
	writing = "second";
	assert_int_equal(put(pair(), true), 0);
	assert_same_of("first", "first");
}

static void what_can_not_be_read_is_not_touched(void **state)
{
	(void)state;
	scratch_clean();
	(void)pair();
	assert_int_equal(mkdir(key, 0700), 0);
	assert_int_equal(put(pair(), true), XICA_EIO);
	struct stat is;
	assert_int_equal(stat(key, &is), 0);
	assert_true(S_ISDIR(is.st_mode));
	assert_false(file_exists(certificate));
}

static void what_is_there_already_is_known(void **state)
{
	(void)state;
	scratch_clean();
	writing = "x";
	assert_int_equal(put_pair(), 0);
	assert_true(client_place_has(pair(), VIEW_LIT("x"), VIEW_LIT("x")));
	assert_false(client_place_has(pair(), VIEW_LIT("y"), VIEW_LIT("x")));
	assert_false(client_place_has(single(), VIEW_LIT("x"), VIEW_LIT("x")));
	scratch_clean();
	assert_int_equal(put_single(), 0);
	assert_true(client_place_has(single(), VIEW_LIT("x"), VIEW_LIT("x")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_crash_at_any_step_of_a_renewal_leaves_a_key_that_fits_its_certificate),
		cmocka_unit_test(one_file_is_the_old_or_the_new_one),
		cmocka_unit_test(what_was_there_comes_back),
		cmocka_unit_test(what_can_not_be_read_is_not_touched),
		cmocka_unit_test(what_is_there_already_is_known),
	};
	return cmocka_run_group_tests(tests, scratch_make, scratch_delete);
}
