// What is reported of certificates: statistics, history and letters are right after each thing that happens, in the unit in which it does.
#include "../store/fixture.h"
#include "site/report.h"
#include "store/event.h"
#include "store/mail.h"
#include "store/statistic.h"

#include <jansson.h>

static const struct config CONFIG = {.url = "https://ca.example", .mail = true};

struct scene { // of one test; all in one unit
	struct store_txn *txn;
	struct arena arena;
	struct site_report report;
	uint8_t last_serial;
};

static struct scene begin(struct store_txn *txn)
{
	return (struct scene){.txn = txn, .report = {.config = &CONFIG, .now = NOW}};
}

static void end(struct scene *scene)
{
	arena_free(&scene->arena);
}

static int64_t new_person(struct scene *scene, const char *address, unsigned notices)
{
	static const uint8_t HANDLE[STORE_USER_HANDLE_MIN] = {0};
	uint8_t handle[sizeof(HANDLE)] = {(uint8_t)address[0]};
	const struct store_person person = {.address = view_str(address), .key = view_str(address), .status = STORE_PERSON_ACTIVE, .language = VIEW_LIT("de"),
					    .created = NOW, .notices = notices, .unsubscribe = view_str(address), .user_handle = view_bytes(handle, sizeof(handle))};
	int64_t id = 0;
	assert_int_equal(store_person_insert(scene->txn, &person, &id), 0);
	return id;
}

// An account that was opened with a key of this person's.
static int64_t new_account(struct scene *scene, int64_t person, const char *kid, bool browser)
{
	const struct store_eab eab = {.kid = view_str(kid), .mac_key = VIEW_LIT("0123456789abcdef0123456789abcdef"), .person = person, .name = view_str(kid),
				      .browser = browser, .created = NOW};
	struct store_account account = {.status = STORE_ACCOUNT_VALID, .jwk = VIEW_LIT("{}"), .contacts = VIEW_LIT("[]"), .created = NOW, .eab_kid = eab.kid};
	int64_t id = 0;
	fixture_hash(account.thumbprint, (uint64_t)kid[0]);
	assert_int_equal(store_eab_create(scene->txn, &eab), 0);
	assert_int_equal(store_account_insert(scene->txn, &account, &id), 0);
	assert_int_equal(store_eab_bind(scene->txn, eab.kid, id, NOW), 0);
	return id;
}

// A certificate with one name, issued and reported.
static struct view issue(struct scene *scene, int64_t account, const char *name, xica_time not_after)
{
	scene->report.arena = &scene->arena;
	struct view text = view_str(name), serial = arena_copy(&scene->arena, view_bytes(&(uint8_t){++scene->last_serial}, 1));
	const struct store_certificate certificate = {.serial = serial, .account = account, .issuer = VIEW_LIT("i"), .profile = VIEW_LIT("xmpp-server"),
						      .not_before = NOW, .not_after = not_after, .tbs = VIEW_LIT("tbs"), .names = &text, .name_count = 1};
	assert_int_equal(store_certificate_insert(scene->txn, &certificate), 0);
	assert_int_equal(store_certificate_issued(scene->txn, serial, VIEW_LIT("der")), 0);
	assert_int_equal(site_report_issued(scene->txn, &scene->report, serial), 0);
	return serial;
}

static int64_t counted(struct scene *scene, const char *what)
{
	int64_t total = -1;
	assert_int_equal(store_statistic_total(scene->txn, view_str(what), &total), 0);
	return total;
}

// How many letters of this name wait for this address; the newest one's values.
static size_t letters(struct scene *scene, const char *name, const char *to, json_t **ret_values)
{
	struct store_mail *list;
	size_t count, found = 0;
	assert_int_equal(store_mail_list(scene->txn, STORE_MAIL_WAITING, 0, 100, &scene->arena, &list, &count), 0);
	for (size_t i = count; i-- > 0;) {
		if (!view_equal_str(list[i].letter, name) || !view_equal_str(list[i].to, to))
			continue;
		assert_view(list[i].language, "de");
		found++;
		if (ret_values) {
			json_decref(*ret_values);
			*ret_values = json_loadb((const char *)list[i].values.ptr, list[i].values.len, 0, NULL);
		}
	}
	return found;
}

static const char *text(const json_t *values, const char *name)
{
	const char *is = json_string_value(json_object_get(values, name));
	return is ? is : "";
}

static size_t events(struct scene *scene, int64_t person, const char *what)
{
	struct store_event *list;
	size_t count, found = 0;
	assert_int_equal(store_event_list(scene->txn, person, 0, 100, &scene->arena, &list, &count), 0);
	for (size_t i = 0; i < count; i++)
		found += view_equal_str(list[i].what, what);
	return found;
}

static int statistics_are_right_after_issue_and_revocation(struct store_txn *txn, void *context)
{
	struct scene scene = begin(txn);
	(void)context;
	int64_t account = fixture_account(txn, 1);
	(void)issue(&scene, account, "a.example", NOW + XICA_DAY);
	struct view second = issue(&scene, account, "a.example", NOW + 2 * XICA_DAY);
	(void)issue(&scene, 0, "b.example", NOW + XICA_DAY);
	assert_int_equal(counted(&scene, "issued"), 3);
	assert_int_equal(counted(&scene, "renewed"), 1);
	assert_int_equal(counted(&scene, "domain"), 2);
	assert_int_equal(counted(&scene, "profile:xmpp-server"), 3);
	assert_int_equal(counted(&scene, "key:other"), 3); // "der" holds none
	assert_int_equal(counted(&scene, "method:operator"), 3); // none has an order
	assert_int_equal(counted(&scene, "revoked"), 0);
	assert_int_equal(site_report_revoke(txn, &scene.report, second, 4), 0);
	assert_int_equal(counted(&scene, "revoked"), 1);
	assert_int_equal(site_report_revoke(txn, &scene.report, second, 4), XICA_ECONFLICT);
	assert_int_equal(counted(&scene, "revoked"), 1);
	assert_false(scene.report.mail_waits);
	end(&scene);
	return 0;
}

static int the_person_hears_of_issue_and_revocation(struct store_txn *txn, void *context)
{
	struct scene scene = begin(txn);
	json_t *values = NULL;
	(void)context;
	int64_t person = new_person(&scene, "ann@example.org", STORE_NOTIFY_ALL), account = new_account(&scene, person, "key", false);
	struct view serial = issue(&scene, account, "a.example", NOW + 90 * XICA_DAY);
	assert_int_equal(letters(&scene, "issued", "ann@example.org", &values), 1);
	assert_string_equal(text(values, "domain"), "a.example");
	assert_string_equal(text(values, "names"), "a.example");
	assert_string_equal(text(values, "serial"), "01");
	assert_string_equal(text(values, "not_after"), "2027-04-15");
	assert_string_equal(text(values, "key"), "key");
	assert_string_equal(text(values, "url"), "https://ca.example");
	assert_string_equal(text(values, "unsubscribe"), "https://ca.example/api/unsubscribe?token=ann@example.org&notice=issued");
	assert_true(scene.report.mail_waits);
	assert_int_equal(events(&scene, person, "issued"), 1);
	assert_int_equal(site_report_revoke(txn, &scene.report, serial, 1), 0);
	assert_int_equal(letters(&scene, "revoked", "ann@example.org", &values), 1);
	assert_string_equal(text(values, "reason"), "keyCompromise");
	assert_int_equal(events(&scene, person, "revoked"), 1);
	json_decref(values);
	end(&scene);
	return 0;
}

static int a_letter_that_was_switched_off_is_not_sent(struct store_txn *txn, void *context)
{
	struct scene scene = begin(txn);
	(void)context;
	int64_t person = new_person(&scene, "ann@example.org", STORE_NOTIFY_ALL & ~STORE_NOTIFY_ISSUED);
	(void)issue(&scene, new_account(&scene, person, "key", false), "a.example", NOW + 90 * XICA_DAY);
	assert_int_equal(letters(&scene, "issued", "ann@example.org", NULL), 0);
	assert_int_equal(events(&scene, person, "issued"), 1);
	assert_false(scene.report.mail_waits);
	end(&scene);
	return 0;
}

static int a_ca_that_sends_no_letters_queues_none(struct store_txn *txn, void *context)
{
	static const struct config NO_MAIL = {.url = "https://ca.example"};
	struct scene scene = begin(txn);
	(void)context;
	scene.report.config = &NO_MAIL;
	int64_t person = new_person(&scene, "ann@example.org", STORE_NOTIFY_ALL);
	(void)issue(&scene, new_account(&scene, person, "key", false), "a.example", NOW + 90 * XICA_DAY);
	assert_int_equal(letters(&scene, "issued", "ann@example.org", NULL), 0);
	end(&scene);
	return 0;
}

static int who_holds_the_domain_hears_of_anothers_certificate(struct store_txn *txn, void *context)
{
	struct scene scene = begin(txn);
	json_t *values = NULL;
	(void)context;
	int64_t ann = new_person(&scene, "ann@example.org", 0), bob = new_person(&scene, "bob@example.org", 0);
	int64_t anns = new_account(&scene, ann, "key", false), bobs = new_account(&scene, bob, "other", false);
	(void)issue(&scene, anns, "a.example", NOW + 90 * XICA_DAY);
	(void)issue(&scene, anns, "a.example", NOW + 91 * XICA_DAY);
	assert_int_equal(letters(&scene, "other-account", "ann@example.org", NULL), 0); // her own
	(void)issue(&scene, bobs, "b.example", NOW + 90 * XICA_DAY);
	assert_int_equal(letters(&scene, "other-account", "ann@example.org", NULL), 0); // another domain
	(void)issue(&scene, bobs, "*.a.example", NOW + 90 * XICA_DAY);
	assert_int_equal(letters(&scene, "other-account", "ann@example.org", &values), 1); // though she has switched off what she can
	assert_string_equal(text(values, "domain"), "a.example");
	assert_string_equal(text(values, "names"), "*.a.example");
	assert_string_equal(text(values, "unsubscribe"), "");
	assert_int_equal(letters(&scene, "other-account", "bob@example.org", NULL), 0);
	json_decref(values);
	end(&scene);
	return 0;
}

// A valid proof of control of domain.
static void prove(struct scene *scene, int64_t account, const char *domain, bool wildcard, bool subdomains)
{
	const struct store_challenge challenge = {.type = VIEW_LIT("dns-01"), .token = VIEW_LIT("token")};
	const struct store_authz authz = {.account = account, .identifier = {PKI_IDENTIFIER_DNS, view_str(domain), wildcard}, .status = STORE_AUTHZ_VALID,
					  .subdomains = subdomains, .created = NOW, .expires = NOW + XICA_DAY};
	int64_t id;
	assert_int_equal(store_authz_insert(scene->txn, &authz, &challenge, 1, &id), 0);
}

static int who_answers_for_the_names_below_hears_of_an_accounts_first_certificate_there(struct store_txn *txn, void *context)
{
	struct scene scene = begin(txn);
	json_t *values = NULL;
	(void)context;
	int64_t ann = new_person(&scene, "ann@example.org", 0), bob = new_person(&scene, "bob@example.org", 0), cat = new_person(&scene, "cat@example.org", 0);
	int64_t anns = new_account(&scene, ann, "key", false), bobs = new_account(&scene, bob, "other", false), cats = new_account(&scene, cat, "third", false);
	prove(&scene, anns, "hosts.example", false, true);
	prove(&scene, anns, "plain.example", false, false);
	prove(&scene, anns, "wild.example", true, false);
	prove(&scene, anns, "co.uk", false, true); // of a time when it was no public suffix
	(void)issue(&scene, anns, "mine.hosts.example", NOW + 90 * XICA_DAY);
	(void)issue(&scene, bobs, "badhosts.example", NOW + 90 * XICA_DAY);
	(void)issue(&scene, bobs, "a.plain.example", NOW + 90 * XICA_DAY);
	(void)issue(&scene, bobs, "b.a.wild.example", NOW + 90 * XICA_DAY); // no wildcard is for that
	(void)issue(&scene, bobs, "bob.co.uk", NOW + 90 * XICA_DAY);
	assert_int_equal(letters(&scene, "other-account-below", "ann@example.org", NULL), 0);
	(void)issue(&scene, bobs, "c.b.a.hosts.example", NOW + 90 * XICA_DAY);
	assert_int_equal(letters(&scene, "other-account-below", "ann@example.org", &values), 1);
	assert_string_equal(text(values, "domain"), "hosts.example");
	assert_string_equal(text(values, "names"), "c.b.a.hosts.example");
	(void)issue(&scene, bobs, "c.b.a.hosts.example", NOW + 91 * XICA_DAY); // renewed
	assert_int_equal(letters(&scene, "other-account-below", "ann@example.org", NULL), 1);
	(void)issue(&scene, cats, "c.b.a.hosts.example", NOW + 90 * XICA_DAY); // a third one
	assert_int_equal(letters(&scene, "other-account-below", "ann@example.org", NULL), 2);
	assert_int_equal(letters(&scene, "other-account", "bob@example.org", NULL), 1);
	(void)issue(&scene, bobs, "a.wild.example", NOW + 90 * XICA_DAY);
	assert_int_equal(letters(&scene, "other-account-below", "ann@example.org", NULL), 3);
	assert_int_equal(letters(&scene, "other-account-below", "bob@example.org", NULL), 0);
	(void)issue(&scene, bobs, "hosts.example", NOW + 90 * XICA_DAY);
	assert_int_equal(letters(&scene, "other-account", "ann@example.org", NULL), 1); // of her own domain she hears in the other words
	assert_int_equal(letters(&scene, "other-account-below", "ann@example.org", NULL), 3);
	json_decref(values);
	end(&scene);
	return 0;
}

static int a_key_that_is_bound_is_told_but_not_the_pages_own(struct store_txn *txn, void *context)
{
	struct scene scene = begin(txn);
	json_t *values = NULL;
	struct store_eab eab;
	(void)context;
	scene.report.arena = &scene.arena;
	scene.report.remote = VIEW_LIT("192.0.2.7");
	int64_t person = new_person(&scene, "ann@example.org", STORE_NOTIFY_ALL);
	(void)new_account(&scene, person, "server", false);
	(void)new_account(&scene, person, "browser", true);
	assert_int_equal(store_eab_get(txn, VIEW_LIT("browser"), &scene.arena, &eab), 0);
	assert_int_equal(site_report_bound(txn, &scene.report, &eab), 0);
	assert_int_equal(letters(&scene, "key-bound", "ann@example.org", NULL), 0);
	assert_int_equal(store_eab_get(txn, VIEW_LIT("server"), &scene.arena, &eab), 0);
	assert_int_equal(site_report_bound(txn, &scene.report, &eab), 0);
	assert_int_equal(letters(&scene, "key-bound", "ann@example.org", &values), 1);
	assert_string_equal(text(values, "key"), "server");
	assert_string_equal(text(values, "remote"), "192.0.2.7");
	assert_int_equal(events(&scene, person, "key-bound"), 2);
	json_decref(values);
	end(&scene);
	return 0;
}

static size_t expiry_letters(struct scene *scene, xica_time now, json_t **ret_values)
{
	bool more = true;
	scene->report.now = now;
	assert_int_equal(site_report_expiry(scene->txn, &scene->report, &more), 0);
	assert_false(more);
	return letters(scene, "expires", "ann@example.org", ret_values);
}

static int each_notice_before_the_end_comes_once(struct store_txn *txn, void *context)
{
	struct scene scene = begin(txn);
	json_t *values = NULL;
	(void)context;
	int64_t account = new_account(&scene, new_person(&scene, "ann@example.org", STORE_NOTIFY_ALL), "key", false);
	const xica_time end_time = NOW + 90 * XICA_DAY;
	(void)issue(&scene, account, "a.example", end_time);
	assert_int_equal(expiry_letters(&scene, end_time - 21 * XICA_DAY, NULL), 0);
	assert_int_equal(expiry_letters(&scene, end_time - 20 * XICA_DAY, &values), 1);
	assert_string_equal(text(values, "days"), "20");
	assert_int_equal(expiry_letters(&scene, end_time - 19 * XICA_DAY, NULL), 1);
	assert_int_equal(expiry_letters(&scene, end_time - 7 * XICA_DAY, &values), 2);
	assert_string_equal(text(values, "days"), "7");
	assert_int_equal(expiry_letters(&scene, end_time - XICA_DAY, &values), 3);
	assert_string_equal(text(values, "days"), "1");
	assert_int_equal(expiry_letters(&scene, end_time - XICA_HOUR, NULL), 3);
	assert_int_equal(expiry_letters(&scene, end_time + XICA_HOUR, NULL), 3);
	json_decref(values);
	end(&scene);
	return 0;
}

static int who_was_not_there_hears_of_the_last_day_alone(struct store_txn *txn, void *context)
{
	struct scene scene = begin(txn);
	(void)context;
	int64_t account = new_account(&scene, new_person(&scene, "ann@example.org", STORE_NOTIFY_ALL), "key", false);
	(void)issue(&scene, account, "a.example", NOW + 90 * XICA_DAY);
	assert_int_equal(expiry_letters(&scene, NOW + 90 * XICA_DAY - XICA_HOUR, NULL), 1);
	assert_int_equal(expiry_letters(&scene, NOW + 90 * XICA_DAY - 1, NULL), 1);
	end(&scene);
	return 0;
}

static int what_was_renewed_or_lives_shortly_is_not_said_to_end(struct store_txn *txn, void *context)
{
	struct scene scene = begin(txn);
	(void)context;
	int64_t account = new_account(&scene, new_person(&scene, "ann@example.org", STORE_NOTIFY_ALL), "key", false);
	(void)issue(&scene, account, "a.example", NOW + 90 * XICA_DAY);
	(void)issue(&scene, fixture_account(txn, 99), "a.example", NOW + 200 * XICA_DAY); // elsewhere
	(void)issue(&scene, account, "short.example", NOW + 6 * XICA_DAY);
	assert_int_equal(expiry_letters(&scene, NOW, NULL), 0);
	assert_int_equal(expiry_letters(&scene, NOW + 80 * XICA_DAY, NULL), 0);
	end(&scene);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		store_test(statistics_are_right_after_issue_and_revocation),
		store_test(the_person_hears_of_issue_and_revocation),
		store_test(a_letter_that_was_switched_off_is_not_sent),
		store_test(a_ca_that_sends_no_letters_queues_none),
		store_test(who_holds_the_domain_hears_of_anothers_certificate),
		store_test(who_answers_for_the_names_below_hears_of_an_accounts_first_certificate_there),
		store_test(a_key_that_is_bound_is_told_but_not_the_pages_own),
		store_test(each_notice_before_the_end_comes_once),
		store_test(who_was_not_there_hears_of_the_last_day_alone),
		store_test(what_was_renewed_or_lives_shortly_is_not_said_to_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
