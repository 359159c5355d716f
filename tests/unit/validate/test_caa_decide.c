#include "check.h"
#include "validate/caa_check.h"

static const char *const IDENTITIES[] = {"ca.example", "xica.example"};
static const char ACCOUNT[] = "https://ca.example/acct/1";

// Records as "flags tag value" lines; NULL: allowed, else the reason.
static const char *decide(const char *const *records, size_t count, bool wildcard, struct arena *arena)
{
	struct caa_policy policy = {IDENTITIES, 2, view_str(ACCOUNT), VIEW_LIT("http-01")};
	struct view *list = arena_array(arena, count + 1, sizeof(*list));
	const char *why = NULL;
	for (size_t i = 0; i < count; i++) {
		const char *tag = records[i] + 2;
		size_t tag_len = strcspn(tag, " ");
		cleanup_buf rdata = BUF_INIT;
		buf_add_byte(&rdata, records[i][0] == '!' ? 0x80 : 0);
		buf_add_byte(&rdata, (uint8_t)tag_len);
		buf_add(&rdata, view_bytes(tag, tag_len));
		buf_add_str(&rdata, tag + tag_len + 1);
		list[i] = arena_copy(arena, buf_view(&rdata));
	}
	int error = caa_decide(list, count, wildcard, &policy, arena, &why);
	if (error)
		assert_int_equal(error, XICA_EDENIED);
	else
		assert_null(why);
	return why;
}

#define DECIDE(wildcard, ...) decide((const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *), wildcard, &arena)

static void a_record_for_one_of_our_names_allows(void **state)
{
	(void)state;
	cleanup_arena arena = ARENA_INIT;
	assert_null(decide(NULL, 0, false, &arena));
	assert_null(DECIDE(false, ". issue ca.example"));
	assert_null(DECIDE(false, ". IsSuE XICA.Example"));
	assert_null(DECIDE(false, ". issue other.example", ". issue xica.example"));
	assert_null(DECIDE(false, "! issue ca.example"));
	assert_null(DECIDE(false, ". issue ;", ". issue ca.example"));
}

static void records_without_issue_allow(void **state)
{
	(void)state;
	cleanup_arena arena = ARENA_INIT;
	assert_null(DECIDE(false, "! iodef mailto:x@example"));
	assert_null(DECIDE(false, ". unknown x"));
	assert_null(DECIDE(false, ". issuewild ;"));
	assert_null(DECIDE(true, ". iodef mailto:x@example"));
}

static void anybody_else_s_record_forbids(void **state)
{
	(void)state;
	cleanup_arena arena = ARENA_INIT;
	assert_string_equal(DECIDE(false, ". issue other.example"), "its \"issue\" properties don't name this CA");
	assert_non_null(DECIDE(false, ". issue ;"));
	assert_non_null(DECIDE(false, ". issue "));
	assert_non_null(DECIDE(false, ". issue %%%"));
	assert_non_null(DECIDE(false, ". issue ca.example.evil.example"));
	assert_non_null(DECIDE(false, ". issue evil-ca.example"));
	assert_non_null(DECIDE(false, ". issue sub.ca.example"));
	assert_non_null(DECIDE(false, ". issue ca.example."));
}

static void a_wildcard_asks_issuewild_first(void **state)
{
	(void)state;
	cleanup_arena arena = ARENA_INIT;
	assert_null(DECIDE(true, ". issue ;", ". issuewild ca.example"));
	assert_string_equal(DECIDE(true, ". issue ca.example", ". issuewild ;"), "its \"issuewild\" properties don't name this CA");
	assert_null(DECIDE(true, ". issue ca.example"));
	assert_non_null(DECIDE(true, ". issue other.example"));
	assert_null(DECIDE(false, ". issue ca.example", ". issuewild ;"));
	assert_non_null(DECIDE(false, ". issue ;", ". issuewild ca.example"));
}

static void an_unknown_critical_property_forbids_whatever_stands_beside_it(void **state)
{
	(void)state;
	cleanup_arena arena = ARENA_INIT;
	assert_string_equal(DECIDE(false, ". issue ca.example", "! tbs x"), "the critical property \"tbs\" is unknown to this CA");
	assert_non_null(DECIDE(false, "! issuex ca.example"));
	assert_non_null(DECIDE(true, ". issuewild ca.example", "! tbs x"));
}

static void a_malformed_record_forbids_whatever_stands_beside_it(void **state)
{
	(void)state;
	cleanup_arena arena = ARENA_INIT;
	struct caa_policy policy = {IDENTITIES, 2, view_str(ACCOUNT), VIEW_LIT("http-01")};
	const struct view list[] = {VIEW_LIT("\0\5issueca.example"), VIEW_LIT("\0\x20issue")};
	const char *why = NULL;
	assert_int_equal(caa_decide(list, 1, false, &policy, &arena, &why), 0);
	assert_int_equal(caa_decide(list, 2, false, &policy, &arena, &why), XICA_EDENIED);
	assert_string_equal(why, "one is malformed");
}

static void account_and_method_are_kept_to(void **state)
{
	(void)state;
	cleanup_arena arena = ARENA_INIT;
	assert_null(DECIDE(false, ". issue ca.example; accounturi=https://ca.example/acct/1"));
	assert_null(DECIDE(false, ". issue ca.example; validationmethods=dns-01,http-01"));
	assert_null(DECIDE(false, ". issue ca.example; accounturi=https://ca.example/acct/1; validationmethods=http-01"));
	assert_non_null(strstr(DECIDE(false, ". issue ca.example; accounturi=https://ca.example/acct/11"), "accounturi"));
	assert_non_null(strstr(DECIDE(false, ". issue ca.example; accounturi=https://ca.example/acct"), "accounturi"));
	assert_non_null(strstr(DECIDE(false, ". issue ca.example; accounturi="), "accounturi"));
	assert_non_null(strstr(DECIDE(false, ". issue ca.example; validationmethods=dns-01"), "validationmethods"));
	assert_non_null(strstr(DECIDE(false, ". issue ca.example; validationmethods="), "validationmethods"));
	assert_non_null(strstr(DECIDE(false, ". issue ca.example; accounturi=https://ca.example/acct/1; accounturi=https://ca.example/acct/1"), "twice"));
	// one property that fits is enough
	assert_null(DECIDE(false, ". issue ca.example; validationmethods=dns-01", ". issue ca.example; validationmethods=http-01"));
	// but not two that fit halves
	assert_non_null(DECIDE(false, ". issue ca.example; validationmethods=dns-01; accounturi=https://ca.example/acct/1",
			       ". issue ca.example; validationmethods=http-01; accounturi=https://ca.example/acct/2"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_record_for_one_of_our_names_allows),
		cmocka_unit_test(records_without_issue_allow),
		cmocka_unit_test(anybody_else_s_record_forbids),
		cmocka_unit_test(a_wildcard_asks_issuewild_first),
		cmocka_unit_test(an_unknown_critical_property_forbids_whatever_stands_beside_it),
		cmocka_unit_test(a_malformed_record_forbids_whatever_stands_beside_it),
		cmocka_unit_test(account_and_method_are_kept_to),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
