#include "base/base64url.h"
#include "check.h"
#include "site/mime.h"

static const char *field(struct buf *out, const char *value)
{
	buf_clear(out);
	assert_int_equal(mime_add_field(out, "Subject", view_str(value)), 0);
	return buf_cstr(out);
}

static const char *printable(struct buf *out, const char *text)
{
	buf_clear(out);
	mime_add_quoted_printable(out, view_str(text));
	return buf_cstr(out);
}

static void must_have_short_lines(struct view text, size_t most)
{
	for (size_t at = 0; at < text.len;) {
		size_t end = view_index(text, '\r', at);
		end = end == SIZE_MAX ? text.len : end;
		assert_true(end - at <= most);
		at = end + 2;
	}
}

static void ascii_stays_as_it_is(void **state)
{
	cleanup_buf out = BUF_INIT;
	(void)state;
	assert_string_equal(field(&out, "New certificate for example.org"), "Subject: New certificate for example.org\r\n");
	assert_string_equal(field(&out, ""), "Subject: \r\n");
}

static void other_characters_become_encoded_words(void **state)
{
	cleanup_buf out = BUF_INIT;
	(void)state;
	assert_string_equal(field(&out, "Gr\xc3\xbc\xc3\x9f" "e"), "Subject: =?UTF-8?B?R3LDvMOfZQ==?=\r\n");
	assert_string_equal(field(&out, "looks like =?UTF-8?B?eA==?="), "Subject: =?UTF-8?B?bG9va3MgbGlrZSA9P1VURi04P0I/ZUE9PT89?=\r\n");
}

// Decodes the encoded words of a field and puts them together again.
static void unfold(struct view text, struct buf *out)
{
	static const struct view OPEN = {(const uint8_t *)"=?UTF-8?B?", 10};
	for (size_t at = 0; at + OPEN.len < text.len; at++) {
		if (!view_equal(view_sub(text, at, OPEN.len), OPEN))
			continue;
		size_t end = view_index(text, '?', at + OPEN.len);
		assert_int_equal(base64_decode(view_sub(text, at + OPEN.len, end - at - OPEN.len), out), 0);
	}
}

static void a_long_text_is_many_encoded_words_of_whole_characters_in_short_lines(void **state)
{
	cleanup_buf text = BUF_INIT, out = BUF_INIT, again = BUF_INIT;
	(void)state;
	for (unsigned i = 0; i < 40; i++)
		buf_addf(&text, "\xc3\xbc%u\xf0\x9f\x94\x91\xe2\x82\xac", i);
	assert_int_equal(mime_add_field(&out, "Subject", buf_view(&text)), 0);
	must_have_short_lines(buf_view(&out), MIME_LINE_MAX);
	unfold(buf_view(&out), &again);
	assert_view(buf_view(&again), buf_cstr(&text));
}

static void a_long_line_of_words_is_folded_at_blanks_and_unfolds_to_itself(void **state)
{
	cleanup_buf text = BUF_INIT, out = BUF_INIT, again = BUF_INIT;
	(void)state;
	for (unsigned i = 0; i < 60; i++)
		buf_addf(&text, "%sword%u", i ? i % 7 ? " " : "  " : "", i);
	assert_int_equal(mime_add_field(&out, "Subject", buf_view(&text)), 0);
	must_have_short_lines(buf_view(&out), 78);
	for (size_t i = sizeof("Subject: ") - 1; i < out.len; i++)
		if (out.ptr[i] != '\r' && out.ptr[i] != '\n')
			buf_add_byte(&again, out.ptr[i]);
	assert_view(buf_view(&again), buf_cstr(&text));
}

static void a_word_longer_than_a_line_may_be_is_encoded(void **state)
{
	cleanup_buf text = BUF_INIT, out = BUF_INIT, again = BUF_INIT;
	(void)state;
	for (unsigned i = 0; i < 2000; i++)
		buf_add_byte(&text, 'w');
	assert_int_equal(mime_add_field(&out, "Subject", buf_view(&text)), 0);
	must_have_short_lines(buf_view(&out), MIME_LINE_MAX);
	unfold(buf_view(&out), &again);
	assert_view(buf_view(&again), buf_cstr(&text));
}

static void what_could_end_a_header_is_refused(void **state)
{
	cleanup_buf out = BUF_INIT;
	static const char *const UNFIT[] = {"a\r\nBcc: b", "a\nb", "a\rb", "a\tb", "\x7f", "\xff", "\xc0\x8a", "\xed\xa0\x80", "\xc3", "\xf4\x90\x80\x80", "\xe0\x80\x8a"};
	(void)state;
	for (size_t i = 0; i < sizeof(UNFIT) / sizeof(UNFIT[0]); i++) {
		assert_int_equal(mime_add_field(&out, "Subject", view_str(UNFIT[i])), XICA_EINVAL);
		assert_int_equal(mime_add_phrase(&out, view_str(UNFIT[i])), XICA_EINVAL);
	}
	assert_int_equal(mime_add_field(&out, "Subject", VIEW_LIT("a\0b")), XICA_EINVAL);
	assert_int_equal(out.len, 0);
}

static void a_name_is_a_quoted_string_or_encoded_words(void **state)
{
	cleanup_buf out = BUF_INIT;
	(void)state;
	assert_int_equal(mime_add_phrase(&out, VIEW_LIT("The \"CA\", Inc. \\")), 0);
	assert_string_equal(buf_cstr(&out), "\"The \\\"CA\\\", Inc. \\\\\"");
	buf_clear(&out);
	assert_int_equal(mime_add_phrase(&out, VIEW_LIT("Zert\xc3\xa4")), 0);
	assert_string_equal(buf_cstr(&out), "=?UTF-8?B?WmVydMOk?=");
}

static void quoted_printable_keeps_ascii_and_breaks_long_lines_softly(void **state)
{
	cleanup_buf out = BUF_INIT, text = BUF_INIT;
	(void)state;
	assert_string_equal(printable(&out, "a = b\n\xc3\xbc.\n"), "a =3D b\r\n=C3=BC.\r\n");
	assert_string_equal(printable(&out, "ends in a blank \nand a tab\t"), "ends in a blank=20\r\nand a tab=09");
	assert_string_equal(printable(&out, "no\rCR"), "no=0DCR");
	for (unsigned i = 0; i < 200; i++)
		buf_addf(&text, "%u\xc3\xbc=", i);
	buf_clear(&out);
	mime_add_quoted_printable(&out, buf_view(&text));
	must_have_short_lines(buf_view(&out), MIME_LINE_MAX);
}

static void ascii_with_lines_that_a_relay_takes_needs_no_encoding(void **state)
{
	cleanup_buf text = BUF_INIT;
	(void)state;
	for (unsigned i = 0; i < 998; i++)
		buf_add_byte(&text, 'x');
	buf_add_str(&text, "\nshort\n");
	assert_true(mime_is_7bit(buf_view(&text)));
	assert_false(mime_is_7bit(VIEW_LIT("\xc3\xbc")));
	buf_clear(&text);
	for (unsigned i = 0; i < 999; i++)
		buf_add_byte(&text, 'x');
	assert_false(mime_is_7bit(buf_view(&text)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ascii_stays_as_it_is),
		cmocka_unit_test(other_characters_become_encoded_words),
		cmocka_unit_test(a_long_text_is_many_encoded_words_of_whole_characters_in_short_lines),
		cmocka_unit_test(a_long_line_of_words_is_folded_at_blanks_and_unfolds_to_itself),
		cmocka_unit_test(a_word_longer_than_a_line_may_be_is_encoded),
		cmocka_unit_test(what_could_end_a_header_is_refused),
		cmocka_unit_test(a_name_is_a_quoted_string_or_encoded_words),
		cmocka_unit_test(quoted_printable_keeps_ascii_and_breaks_long_lines_softly),
		cmocka_unit_test(ascii_with_lines_that_a_relay_takes_needs_no_encoding),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
