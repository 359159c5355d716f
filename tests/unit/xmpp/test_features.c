#include "xmpp/features.h"
#include "check.h"

#include <stdio.h>

#define HEADER "<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>"
#define ACME(token, text) "<acme xmlns='urn:xica:acme:0' token='" token "'>" text "</acme>"

struct seen {
	bool is_features, starttls, required, external, dialback, has_acme;
	char acme[64], error[64];
};

static void on_element(const struct xmpp_element *element, void *context)
{
	struct seen *seen = context;
	struct xmpp_features features;
	seen->is_features = xmpp_is_features(element);
	xmpp_features_read(element, &features);
	seen->starttls = features.starttls;
	seen->required = features.starttls_required;
	seen->external = xmpp_features_has_mechanism(&features, "EXTERNAL");
	seen->dialback = features.dialback;
	struct view acme = xmpp_features_acme(element, VIEW_LIT("tok"));
	seen->has_acme = acme.ptr;
	(void)snprintf(seen->acme, sizeof(seen->acme), "%.*s", VIEW_FMT(acme));
	const char *error = xmpp_stream_error(element);
	(void)snprintf(seen->error, sizeof(seen->error), "%s", error ? error : "");
}

static struct seen look(const char *text)
{
	static const struct xmpp_stream_events EVENTS = {NULL, on_element, NULL};
	struct seen seen = {0};
	struct xmpp_stream *stream;
	const char *why = NULL;
	assert_int_equal(xmpp_stream_new(&EVENTS, &seen, 1, &stream), 0);
	assert_int_equal(xmpp_stream_feed(stream, VIEW_LIT(HEADER), &why), 0);
	assert_int_equal(xmpp_stream_feed(stream, view_str(text), &why), 0);
	xmpp_stream_free(stream);
	return seen;
}

static void what_a_server_offers_is_seen(void **state)
{
	(void)state;
	struct seen seen = look("<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls>"
				"<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism><mechanism>EXTERNAL</mechanism></mechanisms>"
				"<dialback xmlns='urn:xmpp:features:dialback'/></stream:features>");
	assert_true(seen.is_features && seen.starttls && seen.required && seen.external && seen.dialback);
	seen = look("<stream:features/>");
	assert_true(seen.is_features && !seen.starttls && !seen.required && !seen.external && !seen.dialback && !seen.has_acme);
}

static void what_has_another_namespace_is_something_else(void **state)
{
	(void)state;
	struct seen seen = look("<stream:features><starttls xmlns='urn:other'/><mechanisms xmlns='urn:other'><mechanism>EXTERNAL</mechanism></mechanisms>"
				"<acme xmlns='urn:other' token='tok'>x</acme></stream:features>");
	assert_true(seen.is_features && !seen.starttls && !seen.external && !seen.has_acme);
	assert_false(look("<features/>").is_features);
}

static void the_key_authorization_is_that_of_the_token(void **state)
{
	(void)state;
	assert_string_equal(look("<stream:features>" ACME("other", "a") ACME("tok", " tok.thumb\n") "</stream:features>").acme, "tok.thumb");
	assert_false(look("<stream:features>" ACME("other", "tok.thumb") "</stream:features>").has_acme);
	assert_false(look("<stream:features><acme xmlns='urn:xica:acme:0'>tok.thumb</acme></stream:features>").has_acme);
	assert_false(look("<stream:features><x>" ACME("tok", "tok.thumb") "</x></stream:features>").has_acme);
	struct seen empty = look("<stream:features>" ACME("tok", "") "</stream:features>");
	assert_string_equal(empty.acme, "");
}

static void a_stream_error_is_told_by_a_defined_condition_and_never_in_the_servers_words(void **state)
{
	(void)state;
	assert_string_equal(look("<stream:error><see-other-host xmlns='urn:ietf:params:xml:ns:xmpp-streams'>evil.example</see-other-host></stream:error>").error,
			    "see-other-host");
	assert_string_equal(look("<stream:error><host-unknown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>").error, "host-unknown");
	assert_string_equal(look("<stream:error><rude-words xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>").error, "undefined-condition");
	assert_string_equal(look("<stream:features/>").error, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_server_offers_is_seen),
		cmocka_unit_test(what_has_another_namespace_is_something_else),
		cmocka_unit_test(the_key_authorization_is_that_of_the_token),
		cmocka_unit_test(a_stream_error_is_told_by_a_defined_condition_and_never_in_the_servers_words),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
