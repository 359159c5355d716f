// What a roll-over's plan says at each of its stages; what retiring refuses.
#include "ca_fixture.h"
#include "config/ca_import.h"
#include "config/ca_index.h"
#include "config/ca_rollover.h"

enum { MARGIN = 30 * XICA_DAY, AFTERMATH = 2 * XICA_DAY, LONGEST = 90 * XICA_DAY };

static struct arena arena = ARENA_INIT;
static xica_time now;
static json_t *read_index; // what the last plan's texts point into

static int set_up(void **state)
{
	now = clock_now();
	return ca_fixture_make(state);
}

static int tear_down(void **state)
{
	arena_free(&arena);
	json_decref(read_index);
	read_index = NULL;
	return ca_fixture_remove(state);
}

// A CA in the fixture's folder with so many intermediates.
static struct ca_dir make_ca(size_t count)
{
	struct ca_init init = ca_fixture_init();
	cleanup_buf why = BUF_INIT;
	assert_done(ca_init(&init, &why));
	for (size_t i = 1; i < count; i++)
		assert_done(ca_init_intermediate(&init, &why));
	return ca_fixture_read(CA_DIR_PUBLIC);
}

static struct ca_rollover_plan plan_at(const struct ca_dir *dir, const json_t *running, xica_time at)
{
	struct ca_rollover_plan plan;
	cleanup_buf why = BUF_INIT;
	json_decref(read_index);
	assert_done(ca_index_read(ca_folder, &read_index, &why));
	assert_int_equal(ca_rollover_plan(dir, read_index, running, at, &arena, &plan), 0);
	return plan;
}

static void check_step(const struct ca_rollover_step *step, enum ca_rollover_act act, enum ca_rollover_state state, const char *id, xica_time when)
{
	assert_int_equal(step->act, act);
	assert_int_equal(step->state, state);
	assert_string_equal(step->id, id);
	assert_int_equal(step->when, when);
}

// What xicad says of one: ends NULL: it made no certificate.
static json_t *entry(const struct ca_issuer *issuer, bool issues, xica_time ends)
{
	cleanup_buf text = BUF_INIT;
	if (ends)
		clock_add_rfc3339(&text, ends);
	return json_pack("{s:s, s:b, s:s*}", "id", issuer->id, "issues", issues, "last_certificate_ends", ends ? buf_cstr(&text) : NULL);
}

static void the_next_one_is_due_so_early_that_certificates_keep_their_whole_validity(void **state)
{
	struct ca_dir dir = make_ca(1);
	const struct ca_issuer *only = &dir.issuers[0];
	xica_time from = only->not_after - LONGEST - MARGIN;
	json_t *running = json_pack("{s:i, s:[o]}", "longest_validity", 7 * 86400, "issuers", entry(only, true, 0));
	(void)state;
	struct ca_rollover_plan plan = plan_at(&dir, NULL, from - 1);
	assert_int_equal(plan.count, 1);
	check_step(&plan.list[0], CA_ROLLOVER_BEGIN, CA_ROLLOVER_LATER, only->id, from);
	plan = plan_at(&dir, NULL, from);
	check_step(&plan.list[0], CA_ROLLOVER_BEGIN, CA_ROLLOVER_DUE, only->id, from);
	from = only->not_after - 7 * XICA_DAY - MARGIN;
	plan = plan_at(&dir, running, from - 1);
	assert_int_equal(plan.count, 1);
	check_step(&plan.list[0], CA_ROLLOVER_BEGIN, CA_ROLLOVER_LATER, only->id, from);
	json_decref(running);
	ca_dir_free(&dir);
}

static void where_nobody_was_asked_only_what_the_folder_shows_is_said(void **state)
{
	struct ca_dir dir = make_ca(2);
	const struct ca_issuer *newer = &dir.issuers[0], *older = &dir.issuers[1];
	xica_time end = older->not_after + AFTERMATH;
	(void)state;
	struct ca_rollover_plan plan = plan_at(&dir, NULL, now);
	assert_int_equal(plan.count, 3);
	check_step(&plan.list[0], CA_ROLLOVER_RELOAD, CA_ROLLOVER_UNKNOWN, newer->id, 0);
	check_step(&plan.list[1], CA_ROLLOVER_RETIRE, CA_ROLLOVER_UNKNOWN, older->id, end);
	check_step(&plan.list[2], CA_ROLLOVER_BEGIN, CA_ROLLOVER_LATER, newer->id, newer->not_after - LONGEST - MARGIN);
	check_step(&plan_at(&dir, NULL, end - 1).list[1], CA_ROLLOVER_RETIRE, CA_ROLLOVER_UNKNOWN, older->id, end);
	check_step(&plan_at(&dir, NULL, end).list[1], CA_ROLLOVER_RETIRE, CA_ROLLOVER_DUE, older->id, end);
	assert_int_equal(ca_rollover_needed_until(older, NULL), older->not_after);
	ca_dir_free(&dir);
}

static void a_running_xicad_is_reloaded_before_the_older_one_goes(void **state)
{
	struct ca_dir dir = make_ca(2);
	const struct ca_issuer *newer = &dir.issuers[0], *older = &dir.issuers[1];
	json_t *not_read = json_pack("{s:[o]}", "issuers", entry(older, true, now + 9 * XICA_DAY));
	json_t *still = json_pack("{s:[o, o]}", "issuers", entry(newer, false, 0), entry(older, true, now + 9 * XICA_DAY));
	(void)state;
	for (int i = 0; i < 2; i++) {
		struct ca_rollover_plan plan = plan_at(&dir, i ? still : not_read, now);
		assert_int_equal(plan.count, 3);
		check_step(&plan.list[0], CA_ROLLOVER_RELOAD, CA_ROLLOVER_DUE, newer->id, 0);
		check_step(&plan.list[1], CA_ROLLOVER_RETIRE, CA_ROLLOVER_LATER, older->id, 0); // when is not known: it issues
	}
	// It is so even where all that it made has ended.
	check_step(&plan_at(&dir, still, now + 90 * XICA_DAY).list[1], CA_ROLLOVER_RETIRE, CA_ROLLOVER_LATER, older->id, 0);
	json_decref(not_read);
	json_decref(still);
	ca_dir_free(&dir);
}

static void the_older_one_is_needed_until_two_days_after_its_last_certificate(void **state)
{
	struct ca_dir dir = make_ca(2);
	const struct ca_issuer *newer = &dir.issuers[0], *older = &dir.issuers[1];
	xica_time last = now + 9 * XICA_DAY;
	json_t *running = json_pack("{s:[o, o]}", "issuers", entry(newer, true, now + 20 * XICA_DAY), entry(older, false, last));
	json_t *unused = json_pack("{s:[o, o]}", "issuers", entry(newer, true, 0), entry(older, false, 0));
	(void)state;
	struct ca_rollover_plan plan = plan_at(&dir, running, last + AFTERMATH - 1);
	assert_int_equal(plan.count, 2);
	check_step(&plan.list[0], CA_ROLLOVER_RETIRE, CA_ROLLOVER_LATER, older->id, last + AFTERMATH);
	assert_int_equal(plan.list[1].act, CA_ROLLOVER_BEGIN);
	check_step(&plan_at(&dir, running, last + AFTERMATH).list[0], CA_ROLLOVER_RETIRE, CA_ROLLOVER_DUE, older->id, last + AFTERMATH);
	assert_int_equal(ca_rollover_needed_until(older, running), last);
	check_step(&plan_at(&dir, unused, now).list[0], CA_ROLLOVER_RETIRE, CA_ROLLOVER_DUE, older->id, 0); // it made none
	assert_int_equal(ca_rollover_needed_until(older, unused), 0);
	json_decref(running);
	json_decref(unused);
	ca_dir_free(&dir);
}

static void while_a_request_is_out_it_is_the_first_thing_and_no_other_one_is_begun(void **state)
{
	struct ca_dir dir = make_ca(1), none = {.arena = ARENA_INIT};
	struct ca_init init = ca_fixture_init();
	cleanup_buf why = BUF_INIT, csr = BUF_INIT;
	json_t *index = NULL;
	(void)state;
	assert_done(ca_request(&init, NULL, &csr, &why));
	assert_done(ca_index_read(ca_folder, &index, &why));
	const char *id = json_string_value(json_object_get(json_array_get(json_object_get(index, "requests"), 0), "id"));
	struct ca_rollover_plan plan = plan_at(&dir, NULL, dir.issuers[0].not_after);
	assert_int_equal(plan.count, 1);
	check_step(&plan.list[0], CA_ROLLOVER_IMPORT, CA_ROLLOVER_DUE, id, 0);
	plan = plan_at(&none, NULL, now); // the very first one, at another's root
	assert_int_equal(plan.count, 1);
	check_step(&plan.list[0], CA_ROLLOVER_IMPORT, CA_ROLLOVER_DUE, id, 0);
	json_decref(index);
	ca_dir_free(&dir);
}

// Two CAs' intermediates in one folder: that of the older one leads to a root of its own.
static void a_root_that_only_the_older_one_leads_to_is_named_while_it_is_good(void **state)
{
	char first[sizeof(ca_folder)];
	struct ca_dir other = make_ca(1);
	(void)snprintf(first, sizeof(first), "%s", ca_folder);
	assert_int_equal(ca_fixture_make(state), 0);
	struct ca_dir dir = make_ca(3);
	struct ca_issuer issuers[] = {dir.issuers[0], other.issuers[0], dir.issuers[2]};
	const struct ca_dir mixed = {.issuers = issuers, .issuer_count = 3, .roots = dir.roots, .root_count = dir.root_count};
	struct ca_rollover_plan plan = plan_at(&mixed, NULL, now);
	assert_int_equal(plan.count, 5);
	check_step(&plan.list[1], CA_ROLLOVER_ALTERNATE, CA_ROLLOVER_DUE, issuers[0].id, 0);
	assert_non_null(strstr(plan.list[1].root, "Root"));
	check_step(&plan.list[2], CA_ROLLOVER_RETIRE, CA_ROLLOVER_UNKNOWN, issuers[1].id, issuers[1].not_after + AFTERMATH);
	check_step(&plan.list[3], CA_ROLLOVER_RETIRE, CA_ROLLOVER_UNKNOWN, issuers[2].id, issuers[2].not_after + AFTERMATH);
	plan = plan_at(&mixed, NULL, issuers[1].not_after);
	for (size_t i = 0; i < plan.count; i++)
		assert_int_not_equal(plan.list[i].act, CA_ROLLOVER_ALTERNATE); // nobody needs it any more
	issuers[1] = dir.issuers[1];
	plan = plan_at(&mixed, NULL, now);
	for (size_t i = 0; i < plan.count; i++)
		assert_int_not_equal(plan.list[i].act, CA_ROLLOVER_ALTERNATE);
	ca_dir_free(&dir);
	ca_dir_free(&other);
	assert_int_equal(ca_fixture_remove(state), 0);
	memcpy(ca_folder, first, sizeof(first));
}

// --- retiring

static void what_issues_or_is_needed_or_is_none_is_not_retired(void **state)
{
	struct ca_dir dir = make_ca(2);
	struct ca_init init = ca_fixture_init();
	cleanup_buf why = BUF_INIT, csr = BUF_INIT;
	json_t *index = NULL;
	(void)state;
	assert_int_equal(ca_retire(ca_folder, dir.issuers[0].id, 0, now, &why), XICA_EDENIED);
	assert_int_equal(ca_retire(ca_folder, dir.issuers[1].id, now, now, &why), XICA_EDENIED);
	assert_int_equal(ca_retire(ca_folder, dir.issuers[1].id, now - AFTERMATH + 1, now, &why), XICA_EDENIED);
	assert_int_equal(ca_retire(ca_folder, "0123456789abcdef", 0, now, &why), XICA_ENOTFOUND);
	assert_int_equal(ca_retire(ca_folder, "../../keys/x", 0, now, &why), XICA_ENOTFOUND);
	buf_clear(&why);
	assert_done(ca_request(&init, NULL, &csr, &why));
	assert_done(ca_index_read(ca_folder, &index, &why));
	const char *out = json_string_value(json_object_get(json_array_get(json_object_get(index, "requests"), 0), "id"));
	assert_int_equal(ca_retire(ca_folder, out, 0, now, &why), XICA_ENOTFOUND); // its key stays: the chain is to come back
	char path[160];
	(void)snprintf(path, sizeof(path), "%s/keys/issuer-%s.key", ca_folder, out);
	assert_true(file_exists(path));
	buf_clear(&why);
	assert_done(ca_retire(ca_folder, dir.issuers[1].id, now - AFTERMATH, now, &why));
	json_decref(index);
	ca_dir_free(&dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_next_one_is_due_so_early_that_certificates_keep_their_whole_validity, set_up, tear_down),
		cmocka_unit_test_setup_teardown(where_nobody_was_asked_only_what_the_folder_shows_is_said, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_running_xicad_is_reloaded_before_the_older_one_goes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_older_one_is_needed_until_two_days_after_its_last_certificate, set_up, tear_down),
		cmocka_unit_test_setup_teardown(while_a_request_is_out_it_is_the_first_thing_and_no_other_one_is_begun, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_root_that_only_the_older_one_leads_to_is_named_while_it_is_good, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_issues_or_is_needed_or_is_none_is_not_retired, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
