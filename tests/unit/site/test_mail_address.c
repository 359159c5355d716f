#include "check.h"
#include "site/mail_address.h"

static void must_be(const char *text, const char *address)
{
	cleanup_arena arena = ARENA_INIT;
	struct view found;
	if (mail_address_parse(view_str(text), false, &arena, &found))
		fail_msg("%s is refused", text);
	assert_view(found, address);
}

static void must_not_be(struct view text)
{
	cleanup_arena arena = ARENA_INIT;
	struct view found;
	if (mail_address_parse(text, false, &arena, &found) != XICA_EPARSE)
		fail_msg("%.*s is taken", VIEW_FMT(text));
}

static void an_address_is_a_dot_atom_at_a_domain(void **state)
{
	(void)state;
	must_be("admin@example.org", "admin@example.org");
	must_be("  Some.Body+xmpp@Example.ORG\t", "Some.Body+xmpp@example.org");
	must_be("a@b.c.d.example.net", "a@b.c.d.example.net");
	must_be("{}~!#$%&'*-/=?^_`|@example.org", "{}~!#$%&'*-/=?^_`|@example.org");
	must_be("postmaster@b\xc3\xbc" "cher.example.org", "postmaster@xn--bcher-kva.example.org");
	must_be("postmaster@xn--bcher-kva.example.org", "postmaster@xn--bcher-kva.example.org");
	must_be("me@github.io", "me@github.io");
}

static void what_is_none_is_refused(void **state)
{
	static const char *const NONE[] = {"", "@", "a", "a@", "@example.org", "a@b@example.org", ".a@example.org", "a.@example.org", "a..b@example.org",
		"a b@example.org", "a@example..org", "a@-example.org", "a@example.org.", "a@localhost", "a@127.0.0.1", "a@[127.0.0.1]", "a@*.example.org",
		"\"a b\"@example.org", "a\\@example.org", "a(b)@example.org", "<a@example.org>", "a@example.org>", "a,b@example.org", "a@example.org,b@example.org",
		"a@example.org;b", "a:b@example.org", "a@exa mple.org", "a@exam_ple.org", "b\xc3\xb6@example.org", "a@example.org\r\nBcc: b@example.org",
		"a\r\n@example.org", "a\n@example.org", "a\x7f@example.org", "a@example.org\xe2\x80\xa8", "a@example.invalid", "a@com"};
	(void)state;
	for (size_t i = 0; i < sizeof(NONE) / sizeof(NONE[0]); i++)
		must_not_be(view_str(NONE[i]));
	must_not_be(VIEW_LIT("a\0b@example.org"));
	must_not_be(VIEW_LIT("a@example.org\0"));
	must_not_be(VIEW_LIT("a@exa\0mple.org"));
}

static void an_address_has_no_more_than_254_bytes_and_its_local_part_64(void **state)
{
	cleanup_buf text = BUF_INIT;
	(void)state;
	for (unsigned i = 0; i < 64; i++)
		buf_add_byte(&text, 'l');
	size_t local = text.len;
	buf_add_str(&text, "@example.org");
	must_be(buf_cstr(&text), buf_cstr(&text));
	buf_truncate(&text, local);
	buf_add_str(&text, "l@example.org");
	must_not_be(buf_view(&text));
	buf_truncate(&text, local);
	buf_add_byte(&text, '@');
	for (unsigned i = 0; i < 30; i++)
		buf_add_str(&text, "label.");
	buf_add_str(&text, "org");
	must_be(buf_cstr(&text), buf_cstr(&text));
	buf_truncate(&text, text.len - 3);
	buf_add_str(&text, "longer.org");
	must_not_be(buf_view(&text));
}

static void a_ca_to_play_with_takes_names_that_cannot_exist_in_public(void **state)
{
	cleanup_arena arena = ARENA_INIT;
	struct view found;
	(void)state;
	assert_int_equal(mail_address_parse(VIEW_LIT("me@localhost"), true, &arena, &found), 0);
	assert_view(found, "me@localhost");
	assert_int_equal(mail_address_parse(VIEW_LIT("me@*.localhost"), true, &arena, &found), XICA_EPARSE);
	assert_int_equal(mail_address_parse(VIEW_LIT("a,b@localhost"), true, &arena, &found), XICA_EPARSE);
}

static void a_mailbox_is_an_address_with_a_name_or_without(void **state)
{
	static const struct {
		const char *text, *name, *address;
	} GOOD[] = {{"ca@example.org", "", "ca@example.org"}, {"xica <ca@example.org>", "xica", "ca@example.org"},
		{" \"The CA, Inc.\" < ca@Example.org > ", "The CA, Inc.", "ca@example.org"}, {"<ca@example.org>", "", "ca@example.org"}};
	static const char *const BAD[] = {"xica", "xica <>", "xica <ca>", "xica <ca@example.org> x", "a <b> <ca@example.org>", "a\"b <ca@example.org>",
		"a\\b <ca@example.org>", "a\r\nb <ca@example.org>", "ca@example.org>", ""};
	(void)state;
	for (size_t i = 0; i < sizeof(GOOD) / sizeof(GOOD[0]); i++) {
		cleanup_arena arena = ARENA_INIT;
		struct view name, address;
		assert_int_equal(mail_address_parse_mailbox(view_str(GOOD[i].text), false, &arena, &name, &address), 0);
		assert_view(name, GOOD[i].name);
		assert_view(address, GOOD[i].address);
	}
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
		cleanup_arena arena = ARENA_INIT;
		struct view name, address;
		if (mail_address_parse_mailbox(view_str(BAD[i]), false, &arena, &name, &address) != XICA_EPARSE)
			fail_msg("%s is taken", BAD[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_is_a_dot_atom_at_a_domain),
		cmocka_unit_test(what_is_none_is_refused),
		cmocka_unit_test(an_address_has_no_more_than_254_bytes_and_its_local_part_64),
		cmocka_unit_test(a_ca_to_play_with_takes_names_that_cannot_exist_in_public),
		cmocka_unit_test(a_mailbox_is_an_address_with_a_name_or_without),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
