#include "base/utf8.h"
#include "check.h"

static void assert_shown(const char *text, size_t len, const char *want)
{
	cleanup_buf shown = BUF_INIT;
	utf8_add_shown(&shown, view_bytes(text, len));
	assert_string_equal(buf_cstr(&shown), want);
}

#define SHOWN(text, want) assert_shown(text, sizeof(text) - 1, want)

static void text_is_shown_as_it_is(void **state)
{
	(void)state;
	SHOWN("", "");
	SHOWN("_xmpp-server.example.org: \"quoted\" \\ back", "_xmpp-server.example.org: \"quoted\" \\ back");
	SHOWN("größe … 𝄞", "größe … 𝄞");
}

static void what_a_terminal_would_act_on_is_escaped(void **state)
{
	(void)state;
	SHOWN("\x1b[2J\a", "\\u001b[2J\\u0007");
	SHOWN("a\nb\rc\x7f", "a\\u000ab\\u000dc\\u007f");
	SHOWN("\xc2\x9b" "1m", "\\u009b1m");
	SHOWN("\xe2\x80\xae" "gnp.exe", "\\u202egnp.exe");
	assert_shown("a\0b", 3, "a\\u0000b");
}

static void what_is_no_utf8_is_shown_byte_by_byte(void **state)
{
	(void)state;
	SHOWN("x\xb0p", "x\\xb0p");
	SHOWN("\xc3", "\\xc3");
	SHOWN("\xc0\x80", "\\xc0\\x80");
	SHOWN("\xed\xa0\x80", "\\xed\\xa0\\x80");
	SHOWN("\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80");
	SHOWN("\xff\xfe", "\\xff\\xfe");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_shown_as_it_is),
		cmocka_unit_test(what_a_terminal_would_act_on_is_escaped),
		cmocka_unit_test(what_is_no_utf8_is_shown_byte_by_byte),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
