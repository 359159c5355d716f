// The letters of the site's own catalogue, in both languages, and what nobody can make of them.
#include "base/file.h"
#include "check.h"
#include "site/letter.h"

static const char *const LETTERS[] = {"confirm", "already-member", "reset", "address-new", "address-changed", "password-changed", "new-device", "person-deleted",
	"code", "issued", "revoked", "expires", "key-bound", "other-account", "other-account-below"};
enum { LETTER_COUNT = sizeof(LETTERS) / sizeof(LETTERS[0]) };

// What each letter gets (docs/site-api.md): a letter may leave something out, and has a place for nothing else.
static const char *const GIVEN[LETTER_COUNT][8] = {{"address", "link"}, {"address", "link"}, {"address", "link", "remote"}, {"address", "link"},
	{"address", "remote", "time"}, {"address", "remote", "time"}, {"agent", "remote", "time"}, {NULL},
	{"domain", "code", "link", "minutes", "account"}, {"domain", "names", "serial", "profile", "not_after", "key"},
	{"domain", "names", "serial", "profile", "not_after", "key", "reason"}, {"domain", "names", "serial", "profile", "not_after", "key", "days"},
	{"key", "remote"}, {"domain", "names", "serial", "time"}, {"domain", "names", "serial", "time"}};

static struct letter_catalogue catalogues[2];
static const char *const LANGUAGES[] = {"en", "de"};

static const struct letter_value SITE = {{(const uint8_t *)"site", 4}, {(const uint8_t *)"https://ca.example.org", 22}};

static struct letter letter_of(const char *name, const struct letter_value *values, size_t count)
{
	return (struct letter){.name = view_str(name), .language = "en", .from_name = VIEW_LIT("xica"), .from = VIEW_LIT("ca@example.org"),
		.to = VIEW_LIT("me@example.net"), .id = VIEW_LIT("0123456789abcdef"), .date = 784111777, .values = values, .value_count = count};
}

static const char *compose(const struct letter_catalogue *catalogue, const struct letter *letter, struct buf *out)
{
	cleanup_buf why = BUF_INIT;
	buf_clear(out);
	if (letter_compose(catalogue, letter, out, &why))
		fail_msg("%.*s: %s", VIEW_FMT(letter->name), buf_cstr(&why));
	return buf_cstr(out);
}

static void must_fail(const struct letter_catalogue *catalogue, const struct letter *letter, int error)
{
	cleanup_buf why = BUF_INIT, out = BUF_INIT;
	assert_int_equal(letter_compose(catalogue, letter, &out, &why), error);
	assert_true(why.len);
}

static size_t count_lines(const char *text, const char *beginning)
{
	size_t count = 0, len = strlen(beginning);
	for (const char *line = text; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
		count += !strncmp(line, beginning, len);
	return count;
}

static void must_be_lines(const char *message)
{
	for (const char *c = message; *c; c++)
		assert_true(*c == '\r' ? c[1] == '\n' : *c == '\n' ? c > message && c[-1] == '\r' : (unsigned char)*c >= ' ' && (unsigned char)*c < 0x7f);
}

static void every_letter_is_written_in_both_languages_from_what_it_gets(void **state)
{
	(void)state;
	for (size_t l = 0; l < 2; l++)
		for (size_t i = 0; i < LETTER_COUNT; i++) {
			cleanup_buf out = BUF_INIT;
			struct letter_value values[9] = {SITE};
			size_t count = 1;
			for (size_t n = 0; n < 8 && GIVEN[i][n]; n++)
				values[count++] = (struct letter_value){view_str(GIVEN[i][n]), VIEW_LIT("\xc3\xa9 value")};
			struct letter letter = letter_of(LETTERS[i], values, count);
			letter.language = LANGUAGES[l];
			const char *message = compose(&catalogues[l], &letter, &out);
			must_be_lines(message);
			assert_null(strstr(message, "{{"));
			assert_int_equal(count_lines(message, "Subject: "), 1);
			assert_int_equal(count_lines(message, "https://ca.example.org") >= 1, 1);
		}
}

static void both_catalogues_have_the_same_letters_and_the_same_places(void **state)
{
	const char *key;
	json_t *text;
	(void)state;
	assert_int_equal(json_object_size(catalogues[0].texts), json_object_size(catalogues[1].texts));
	assert_int_equal(json_object_size(catalogues[0].texts), 2 * LETTER_COUNT + 2);
	json_object_foreach(catalogues[0].texts, key, text) {
		const char *other = json_string_value(json_object_get(catalogues[1].texts, key));
		assert_non_null(other);
		for (const char *place = strstr(json_string_value(text), "{{"); place; place = strstr(place + 2, "{{")) {
			char name[64] = {0};
			(void)snprintf(name, sizeof(name), "%.*s", (int)(strstr(place, "}}") + 2 - place), place);
			if (!strstr(other, name))
				fail_msg("%s: %s is in one language alone", key, name);
		}
	}
}

static void links_stand_on_a_line_of_their_own(void **state)
{
	const char *key;
	json_t *text;
	(void)state;
	for (size_t l = 0; l < 2; l++)
		json_object_foreach(catalogues[l].texts, key, text)
			for (const char *at = strstr(json_string_value(text), "{{link}}"); at; at = strstr(at + 8, "{{link}}"))
				if (at[-1] != '\n' || at[8] != '\n')
					fail_msg("%s: the link is amid a line", key);
}

static void a_letter_has_the_headers_of_one_that_nobody_wrote(void **state)
{
	cleanup_buf out = BUF_INIT;
	const struct letter_value values[] = {SITE, {VIEW_LIT("link"), VIEW_LIT("https://ca.example.org/confirm#token")}};
	const struct letter letter = letter_of("confirm", values, 2);
	(void)state;
	const char *message = compose(&catalogues[0], &letter, &out);
	static const char BEGINNING[] =
		"Date: Sun, 6 Nov 1994 08:49:37 +0000\r\nFrom: \"xica\" <ca@example.org>\r\nTo: me@example.net\r\n"
		"Message-ID: <0123456789abcdef@example.org>\r\nSubject: Please confirm your address\r\nAuto-Submitted: auto-generated\r\n"
		"Content-Language: en\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 7bit\r\n\r\nHello,\r\n";
	assert_int_equal(strncmp(message, BEGINNING, sizeof(BEGINNING) - 1), 0);
	assert_non_null(strstr(message, "\r\n\r\nhttps://ca.example.org/confirm#token\r\n\r\n"));
	assert_null(strstr(message, "List-Unsubscribe"));
}

static void a_letter_that_can_be_switched_off_says_so_in_header_and_text(void **state)
{
	cleanup_buf out = BUF_INIT;
	const struct letter_value values[] = {SITE, {VIEW_LIT("key"), VIEW_LIT("house")}, {VIEW_LIT("remote"), VIEW_LIT("192.0.2.1")},
		{VIEW_LIT("unsubscribe"), VIEW_LIT("https://ca.example.org/api/unsubscribe?token=t&notice=key-bound")},
		{VIEW_LIT("unsubscribe_page"), VIEW_LIT("https://ca.example.org/unsubscribe#t.key-bound")}};
	struct letter letter = letter_of("key-bound", values, 5);
	(void)state;
	const char *message = compose(&catalogues[0], &letter, &out);
	assert_non_null(strstr(message, "\r\nList-Unsubscribe: <https://ca.example.org/api/unsubscribe?token=t&notice=key-bound>\r\n"
					"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"));
	assert_non_null(strstr(message, "\r\n\r\nhttps://ca.example.org/unsubscribe#t.key-bound\r\n\r\n"));
	letter.value_count = 3;
	assert_null(strstr(compose(&catalogues[0], &letter, &out), "nsubscribe"));
}

static void a_value_can_not_make_a_header_a_line_or_a_place(void **state)
{
	static const char *const ATTEMPTS[] = {"x\r\nBcc: victim@example.net", "x\nBcc: v", "x\rBcc: v", "x\r\n\r\nBody", "x\xc2\x85" "Bcc: v", "x\xe2\x80\xa8" "Bcc: v",
		"x\r\n.\r\nQUIT", "{{site}}", "}}{{link", "=?UTF-8?Q?=0D=0ABcc:_v?=", "x\xff\x0a" "Bcc: v", "x\x00y", "\xe2\x80\xae" "drowssap", "x\vBcc: v"};
	(void)state;
	for (size_t i = 0; i < sizeof(ATTEMPTS) / sizeof(ATTEMPTS[0]); i++) {
		cleanup_buf out = BUF_INIT;
		const struct letter_value values[] = {SITE, {VIEW_LIT("key"), view_str(ATTEMPTS[i])}, {VIEW_LIT("remote"), view_str(ATTEMPTS[i])}};
		const struct letter letter = letter_of("key-bound", values, 3);
		const char *message = compose(&catalogues[0], &letter, &out), *end = strstr(message, "\r\n\r\n");
		must_be_lines(message);
		assert_int_equal(count_lines(message, "Bcc"), 0);
		assert_int_equal(count_lines(message, "."), 0);
		assert_int_equal(count_lines(end, "Body"), 0);
		assert_int_equal(count_lines(message, "Subject: "), 1);
		if (!strncmp(ATTEMPTS[i], "{{", 2))
			assert_non_null(strstr(end, "{{site}}"));
	}
}

static void a_link_to_unsubscribe_that_is_none_is_refused(void **state)
{
	static const char *const LINKS[] = {"", "http://ca.example.org/", "https://ca.example.org/> <x", "https://ca.example.org/\r\nBcc: v", "https://ca.example.org/,x",
		"javascript:x", "https://b\xc3\xbc"};
	static char too_long[1000];
	(void)state;
	(void)snprintf(too_long, sizeof(too_long), "https://ca.example.org/%0*d", 950, 1);
	for (size_t i = 0; i <= sizeof(LINKS) / sizeof(LINKS[0]); i++) {
		const char *link = i < sizeof(LINKS) / sizeof(LINKS[0]) ? LINKS[i] : too_long;
		const struct letter_value values[] = {SITE, {VIEW_LIT("key"), VIEW_LIT("k")}, {VIEW_LIT("remote"), VIEW_LIT("r")},
			{VIEW_LIT("unsubscribe"), view_str(link)}, {VIEW_LIT("unsubscribe_page"), VIEW_LIT("https://ca.example.org/")}};
		const struct letter letter = letter_of("key-bound", values, 5);
		must_fail(&catalogues[0], &letter, XICA_EINVAL);
	}
}

static void a_long_line_or_other_script_is_quoted_printable_in_short_lines(void **state)
{
	cleanup_buf out = BUF_INIT, names = BUF_INIT;
	(void)state;
	for (unsigned i = 0; i < 200; i++)
		buf_addf(&names, "%shost%u.example.org", i ? ", " : "", i);
	const struct letter_value values[] = {SITE, {VIEW_LIT("domain"), VIEW_LIT("example.org")}, {VIEW_LIT("names"), buf_view(&names)},
		{VIEW_LIT("serial"), VIEW_LIT("ab")}, {VIEW_LIT("time"), VIEW_LIT("2026-11-23")}};
	const struct letter letter = letter_of("other-account", values, 5);
	for (size_t l = 0; l < 2; l++) {
		const char *message = compose(&catalogues[l], &letter, &out);
		assert_non_null(strstr(message, "\r\nContent-Transfer-Encoding: quoted-printable\r\n"));
		for (const char *line = message; *line; line += strcspn(line, "\n") + 1)
			assert_true(strcspn(line, "\r") <= 78);
	}
}

static void a_place_without_a_value_and_a_letter_that_is_not_there_are_told(void **state)
{
	const struct letter without = letter_of("confirm", &SITE, 1), unknown = letter_of("nonsense", &SITE, 1), part = letter_of("", &SITE, 1);
	const struct letter nul = {.name = VIEW_LIT("confirm\0x"), .language = "en", .from = VIEW_LIT("a@b"), .to = VIEW_LIT("a@b"), .id = VIEW_LIT("1")};
	(void)state;
	must_fail(&catalogues[0], &without, XICA_ENOTFOUND);
	must_fail(&catalogues[0], &unknown, XICA_ENOTFOUND);
	must_fail(&catalogues[0], &part, XICA_ENOTFOUND);
	must_fail(&catalogues[0], &nul, XICA_ENOTFOUND);
}

static void too_many_and_too_long_values_are_refused(void **state)
{
	static struct letter_value values[LETTER_VALUES_MAX + 1];
	static uint8_t bytes[LETTER_VALUE_MAX + 1];
	struct letter letter = letter_of("password-changed", values, LETTER_VALUES_MAX + 1);
	(void)state;
	must_fail(&catalogues[0], &letter, XICA_ERANGE);
	values[0] = (struct letter_value){VIEW_LIT("x"), view_bytes(bytes, sizeof(bytes))};
	letter.value_count = 1;
	must_fail(&catalogues[0], &letter, XICA_ERANGE);
}

#define FRAME "\"footer\": \"f\", \"unsubscribe\": \"u\""

static void a_catalogue_that_is_not_whole_is_refused(void **state)
{
	static const char *const BAD[] = {"", "[]", "{}", "{\"footer\": \"f\"}", "{" FRAME ", \"a.subject\": \"s\"}", "{" FRAME ", \"a.body\": \"b\"}",
		"{" FRAME ", \"a.subject\": \"s\", \"a.body\": 1}", "{" FRAME ", \"other\": \"x\"}", "{" FRAME ", \"footer\": \"again\"}"};
	struct letter_catalogue catalogue;
	(void)state;
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++)
		assert_int_equal(letter_catalogue_parse(view_str(BAD[i]), &catalogue), XICA_EPARSE);
	assert_int_equal(letter_catalogue_parse(VIEW_LIT("{" FRAME ", \"a.subject\": \"s\", \"a.body\": \"open {{site\"}"), &catalogue), 0);
	assert_true(letter_catalogue_has(&catalogue, VIEW_LIT("a")));
	assert_false(letter_catalogue_has(&catalogue, VIEW_LIT("b")));
	const struct letter letter = letter_of("a", &SITE, 1);
	must_fail(&catalogue, &letter, XICA_EPARSE);
	letter_catalogue_free(&catalogue);
}

static int set_up(void **state)
{
	static const char *const FILES[] = {TEST_SITE "/letters/en.json", TEST_SITE "/letters/de.json"};
	(void)state;
	for (size_t l = 0; l < 2; l++) {
		cleanup_buf text = BUF_INIT;
		if (file_read(FILES[l], LETTER_CATALOGUE_MAX, &text) || letter_catalogue_parse(buf_view(&text), &catalogues[l]))
			return -1;
	}
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	for (size_t l = 0; l < 2; l++)
		letter_catalogue_free(&catalogues[l]);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_letter_is_written_in_both_languages_from_what_it_gets),
		cmocka_unit_test(both_catalogues_have_the_same_letters_and_the_same_places),
		cmocka_unit_test(links_stand_on_a_line_of_their_own),
		cmocka_unit_test(a_letter_has_the_headers_of_one_that_nobody_wrote),
		cmocka_unit_test(a_letter_that_can_be_switched_off_says_so_in_header_and_text),
		cmocka_unit_test(a_value_can_not_make_a_header_a_line_or_a_place),
		cmocka_unit_test(a_link_to_unsubscribe_that_is_none_is_refused),
		cmocka_unit_test(a_long_line_or_other_script_is_quoted_printable_in_short_lines),
		cmocka_unit_test(a_place_without_a_value_and_a_letter_that_is_not_there_are_told),
		cmocka_unit_test(too_many_and_too_long_values_are_refused),
		cmocka_unit_test(a_catalogue_that_is_not_whole_is_refused),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
