#include "xmpp/stream.h"
#include "check.h"

#include <stdio.h>

#define HEADER "<?xml version='1.0'?><stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' from='example.org' id='a&amp;b' version='1.0'>"

struct heard {
	struct xmpp_stream *stream;
	unsigned opened, elements, closed;
	bool stop; // at the first element
	char from[64], id[64], first[64], child[64], text[64], attribute[64];
};

static void copy(char *to, const char *from)
{
	(void)snprintf(to, 64, "%s", from ? from : "(none)");
}

static void on_opened(const struct xmpp_element *element, void *context)
{
	struct heard *heard = context;
	heard->opened++;
	copy(heard->from, xmpp_attribute(element, "from"));
	copy(heard->id, xmpp_attribute(element, "id"));
	assert_null(xmpp_attribute(element, "to"));
}

static void on_element(const struct xmpp_element *element, void *context)
{
	struct heard *heard = context;
	heard->elements++;
	copy(heard->first, element->name);
	copy(heard->attribute, xmpp_attribute(element, "x"));
	const struct xmpp_element *child = xmpp_child(element, "urn:b", "b");
	copy(heard->child, child ? child->name : NULL);
	cleanup_buf text = BUF_INIT;
	buf_add(&text, buf_view(&element->text));
	copy(heard->text, buf_cstr(&text));
	if (heard->stop)
		xmpp_stream_stop(heard->stream);
}

static void on_closed(void *context)
{
	((struct heard *)context)->closed++;
}

static const struct xmpp_stream_events EVENTS = {on_opened, on_element, on_closed};

static int feed(struct heard *heard, const char *text, size_t piece, const char **ret_why)
{
	size_t len = strlen(text);
	int error = 0;
	for (size_t at = 0; !error && at < len; at += piece)
		error = xmpp_stream_feed(heard->stream, view_bytes(text + at, len - at < piece ? len - at : piece), ret_why);
	return error;
}

static struct heard begin(void)
{
	return (struct heard){0};
}

static void open_reader(struct heard *heard)
{
	assert_int_equal(xmpp_stream_new(&EVENTS, heard, 1, &heard->stream), 0);
}

static void elements_come_whole_in_whatever_pieces_they_are_sent(void **state)
{
	(void)state;
	for (size_t piece = 1; piece < 300; piece = piece * 3 + 1) {
		struct heard heard = begin();
		const char *why = NULL;
		open_reader(&heard);
		assert_int_equal(feed(&heard, HEADER " <a xmlns='urn:a' x='1'>t<b xmlns='urn:b'>u</b>v&lt;</a></stream:stream>", piece, &why), 0);
		assert_int_equal(heard.opened, 1);
		assert_int_equal(heard.elements, 1);
		assert_int_equal(heard.closed, 1);
		assert_string_equal(heard.from, "example.org");
		assert_string_equal(heard.id, "a&b");
		assert_string_equal(heard.first, "a");
		assert_string_equal(heard.attribute, "1");
		assert_string_equal(heard.child, "b");
		assert_string_equal(heard.text, "tv<");
		xmpp_stream_free(heard.stream);
	}
}

static void what_no_stream_may_hold_ends_it_with_words(void **state)
{
	static const struct {
		const char *text;
		int error;
		const char *why;
	} ROWS[] = {
		{"<!DOCTYPE a [<!ENTITY b 'c'>]><a/>", XICA_EPARSE, "document type"},
		{HEADER "<?php?>", XICA_EPARSE, "processing instruction"},
		{HEADER "<!-- -->", XICA_EPARSE, "comment"},
		{HEADER "&nbsp;", XICA_EPARSE, "well-formed"},
		{HEADER "<a></b>", XICA_EPARSE, "well-formed"},
		{HEADER "<u:a/>", XICA_EPARSE, "well-formed"},
		{"HTTP/1.1 400 Bad Request\r\n", XICA_EPARSE, "well-formed"},
		{"<html><body/></html>", XICA_EPARSE, "no XMPP stream"},
		{"<stream xmlns='jabber:server'>", XICA_EPARSE, "no XMPP stream"},
		{HEADER "\xff", XICA_EPARSE, "well-formed"},
		{HEADER "<a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a>", XICA_ERANGE, "nested too deep"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
		struct heard heard = begin();
		const char *why = NULL;
		open_reader(&heard);
		int error = feed(&heard, ROWS[i].text, 7, &why);
		if (ROWS[i].error != error)
			print_error("%s\n", ROWS[i].text);
		assert_int_equal(error, ROWS[i].error);
		assert_non_null(strstr(why, ROWS[i].why));
		assert_int_equal(heard.elements, 0);
		xmpp_stream_free(heard.stream);
	}
}

static void an_endless_stream_an_endless_attribute_and_an_endless_name_end_at_the_bound(void **state)
{
	static const char *const BEGINNINGS[] = {HEADER, HEADER "<a>", HEADER "<a x='", HEADER "<a", HEADER "<a>text", "<"};
	char piece[1024];
	(void)state;
	memset(piece, 'x', sizeof(piece));
	for (size_t i = 0; i < sizeof(BEGINNINGS) / sizeof(BEGINNINGS[0]); i++) {
		struct heard heard = begin();
		const char *why = NULL;
		open_reader(&heard);
		int error = feed(&heard, BEGINNINGS[i], 100, &why);
		size_t sent = 0;
		for (; !error && sent < 1024 * 1024; sent += sizeof(piece))
			error = xmpp_stream_feed(heard.stream, view_bytes(piece, sizeof(piece)), &why);
		assert_int_equal(error, XICA_ERANGE);
		assert_true(sent <= XMPP_STREAM_BYTES_MAX + sizeof(piece));
		xmpp_stream_free(heard.stream);
	}
}

// What isn't whole is read again with each piece: byte by byte, that would be much reading for little sending.
static void a_stream_that_comes_byte_by_byte_ends_soon(void **state)
{
	static const char *const BEGINNINGS[] = {HEADER "<a x='", HEADER "<a>", HEADER "<a", "<stream "};
	(void)state;
	for (size_t i = 0; i < sizeof(BEGINNINGS) / sizeof(BEGINNINGS[0]); i++) {
		struct heard heard = begin();
		const char *why = NULL;
		open_reader(&heard);
		int error = feed(&heard, BEGINNINGS[i], 100, &why);
		size_t sent = 0;
		for (; !error && sent < XMPP_STREAM_BYTES_MAX; sent++)
			error = xmpp_stream_feed(heard.stream, VIEW_LIT(" "), &why);
		assert_int_equal(error, XICA_ERANGE);
		assert_non_null(strstr(why, "too many pieces"));
		assert_true(sent <= XMPP_STREAM_PIECES_MAX);
		xmpp_stream_free(heard.stream);
	}
}

static void too_many_attributes_end_it(void **state)
{
	struct heard heard = begin();
	cleanup_buf text = BUF_INIT;
	const char *why = NULL;
	(void)state;
	open_reader(&heard);
	buf_add_str(&text, HEADER "<a ");
	for (int i = 0; i <= XMPP_ATTRIBUTES_MAX; i++)
		buf_addf(&text, "a%d='' ", i);
	buf_add_str(&text, "/>");
	assert_int_equal(feed(&heard, buf_cstr(&text), 4096, &why), XICA_ERANGE);
	assert_non_null(strstr(why, "attributes"));
	xmpp_stream_free(heard.stream);
}

static void what_stands_behind_a_stop_is_told(void **state)
{
	static const struct {
		const char *text;
		bool left_over;
	} ROWS[] = {{HEADER "<proceed/>", false}, {HEADER "<proceed></proceed>", false}, {HEADER "<proceed/> ", true}, {HEADER "<proceed/><x/>", true}};
	(void)state;
	for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
		struct heard heard = begin();
		const char *why = NULL;
		heard.stop = true;
		open_reader(&heard);
		assert_int_equal(feed(&heard, ROWS[i].text, 4096, &why), 0);
		assert_int_equal(heard.elements, 1);
		assert_int_equal(xmpp_stream_left_over(heard.stream), ROWS[i].left_over);
		xmpp_stream_free(heard.stream);
	}
}

static void our_header_names_the_domain_and_nothing_else(void **state)
{
	cleanup_buf text = BUF_INIT;
	(void)state;
	xmpp_stream_add_header(&text, XMPP_SERVER, VIEW_LIT("example.org"));
	assert_string_equal(buf_cstr(&text), "<?xml version='1.0'?><stream:stream xmlns='jabber:server' "
					     "xmlns:stream='http://etherx.jabber.org/streams' to='example.org' version='1.0'>");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(elements_come_whole_in_whatever_pieces_they_are_sent),
		cmocka_unit_test(what_no_stream_may_hold_ends_it_with_words),
		cmocka_unit_test(an_endless_stream_an_endless_attribute_and_an_endless_name_end_at_the_bound),
		cmocka_unit_test(a_stream_that_comes_byte_by_byte_ends_soon),
		cmocka_unit_test(too_many_attributes_end_it),
		cmocka_unit_test(what_stands_behind_a_stop_is_told),
		cmocka_unit_test(our_header_names_the_domain_and_nothing_else),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
