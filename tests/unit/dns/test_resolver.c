#include "dns/resolver.h"

#include "check.h"

struct heard {
	unsigned times;
	enum dns_outcome outcome;
	size_t count;
	uint8_t first[16];
	size_t first_len;
	char why[64];
	bool in_start;
};

static bool starting;

static void hear(const struct dns_answer *answer, void *context)
{
	struct heard *heard = context;
	heard->times++;
	heard->in_start |= starting;
	heard->outcome = answer->outcome;
	heard->count = answer->count;
	heard->first_len = answer->count ? answer->records[0].len : 0;
	if (heard->first_len && heard->first_len <= sizeof(heard->first))
		memcpy(heard->first, answer->records[0].ptr, heard->first_len);
	(void)snprintf(heard->why, sizeof(heard->why), "%s", answer->why ? answer->why : "");
}

static struct heard ask(struct event_base *base, struct dns_resolver *resolver, struct view name, enum dns_type type)
{
	struct heard heard = {0};
	struct dns_query *query;
	starting = true;
	assert_int_equal(dns_query_start(resolver, name, type, hear, &heard, &query), 0);
	starting = false;
	assert_int_equal(heard.times, 0);
	while (!heard.times)
		assert_int_equal(event_base_loop(base, EVLOOP_ONCE), 0);
	assert_int_equal(heard.times, 1);
	return heard;
}

static void in_a_world_of_one_address_every_name_has_it_and_nothing_else(void **state)
{
	(void)state;
	struct event_base *base = event_base_new();
	struct dns_resolver *resolver;
	cleanup_buf why = BUF_INIT;
	assert_int_equal(dns_resolver_new(base, &(struct dns_options){.resolve_all = "127.0.0.2"}, &resolver, &why), 0);
	struct heard heard = ask(base, resolver, VIEW_LIT("any.example"), DNS_A);
	assert_int_equal(heard.outcome, DNS_FOUND);
	assert_int_equal(heard.first_len, 4);
	assert_memory_equal(heard.first, "\x7f\0\0\2", 4);
	static const enum dns_type OTHERS[] = {DNS_AAAA, DNS_TXT, DNS_CAA, DNS_SRV};
	for (size_t i = 0; i < sizeof(OTHERS) / sizeof(OTHERS[0]); i++) {
		heard = ask(base, resolver, VIEW_LIT("any.example"), OTHERS[i]);
		assert_int_equal(heard.outcome, DNS_NO_DATA);
		assert_string_equal(heard.why, "no such record");
	}
	dns_resolver_free(resolver);
	assert_int_equal(dns_resolver_new(base, &(struct dns_options){.resolve_all = "::1"}, &resolver, &why), 0);
	assert_int_equal(ask(base, resolver, VIEW_LIT("any.example"), DNS_AAAA).first_len, 16);
	assert_int_equal(ask(base, resolver, VIEW_LIT("any.example"), DNS_A).outcome, DNS_NO_DATA);
	dns_resolver_free(resolver);
	event_base_free(base);
}

static void a_cancelled_question_is_never_answered(void **state)
{
	(void)state;
	struct event_base *base = event_base_new();
	struct dns_resolver *resolver;
	struct dns_query *query;
	struct heard heard = {0};
	cleanup_buf why = BUF_INIT;
	assert_int_equal(dns_resolver_new(base, &(struct dns_options){.resolve_all = "127.0.0.2"}, &resolver, &why), 0);
	assert_int_equal(dns_query_start(resolver, VIEW_LIT("any.example"), DNS_A, hear, &heard, &query), 0);
	dns_query_cancel(query);
	dns_query_cancel(NULL);
	dns_resolver_free(resolver);
	// nobody listens at port 9 of this address; the answer is not waited for
	assert_int_equal(dns_resolver_new(base, &(struct dns_options){.server = "127.0.0.1:9"}, &resolver, &why), 0);
	assert_int_equal(dns_query_start(resolver, VIEW_LIT("any.example"), DNS_A, hear, &heard, &query), 0);
	dns_query_cancel(query);
	assert_int_equal(dns_query_start(resolver, VIEW_LIT("other.example"), DNS_A, hear, &heard, &query), 0);
	assert_int_equal(event_base_loop(base, EVLOOP_NONBLOCK), 0);
	dns_query_cancel(query);
	dns_resolver_free(resolver);
	assert_int_equal(heard.times, 0);
	event_base_free(base);
}

static void only_plain_names_are_asked(void **state)
{
	(void)state;
	struct event_base *base = event_base_new();
	struct dns_resolver *resolver;
	struct dns_query *query;
	cleanup_buf why = BUF_INIT;
	assert_int_equal(dns_resolver_new(base, &(struct dns_options){.resolve_all = "127.0.0.2"}, &resolver, &why), 0);
	assert_int_equal(dns_query_start(resolver, VIEW_LIT("any.example."), DNS_A, hear, NULL, &query), XICA_EINVAL);
	assert_int_equal(dns_query_start(resolver, VIEW_LIT("*.example"), DNS_A, hear, NULL, &query), XICA_EINVAL);
	assert_int_equal(dns_query_start(resolver, VIEW_NONE, DNS_A, hear, NULL, &query), XICA_EINVAL);
	dns_resolver_free(resolver);
	event_base_free(base);
}

static void assert_no_server(struct event_base *base, const char *server)
{
	struct dns_resolver *resolver;
	cleanup_buf why = BUF_INIT;
	if (!dns_resolver_new(base, &(struct dns_options){.server = server}, &resolver, &why))
		fail_msg("%s is taken for a name server", server);
	assert_non_null(strstr(buf_cstr(&why), server));
}

static void a_name_server_is_an_address_with_a_port(void **state)
{
	(void)state;
	struct event_base *base = event_base_new();
	static const char *const GOOD[] = {"127.0.0.1:5353", "127.0.0.1", "[::1]:5353", "[::1]", "::1", "192.0.2.1:65535"};
	for (size_t i = 0; i < sizeof(GOOD) / sizeof(GOOD[0]); i++) {
		struct dns_resolver *resolver;
		cleanup_buf why = BUF_INIT;
		assert_int_equal(dns_resolver_new(base, &(struct dns_options){.server = GOOD[i]}, &resolver, &why), 0);
		dns_resolver_free(resolver);
	}
	static const char *const BAD[] = {"localhost:53", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:99999999999", "127.0.0.1:5a", "[::1",
					  "[::1]x", "127.0.0.1@53", "::1@53", "127.0.0.1:53@53"};
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++)
		assert_no_server(base, BAD[i]);
	event_base_free(base);
}

static void a_trust_anchor_that_is_none_is_told_at_the_start(void **state)
{
	(void)state;
	struct event_base *base = event_base_new();
	static const char *const FILES[] = {"/nowhere/anchor", "/proc/self/status"};
	for (size_t i = 0; i < sizeof(FILES) / sizeof(FILES[0]); i++) {
		struct dns_resolver *resolver;
		cleanup_buf why = BUF_INIT;
		assert_int_equal(dns_resolver_new(base, &(struct dns_options){.server = "127.0.0.1:9", .trust_anchor = FILES[i]}, &resolver, &why), XICA_EINVAL);
		assert_non_null(strstr(buf_cstr(&why), "trust anchor"));
	}
	event_base_free(base);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_a_world_of_one_address_every_name_has_it_and_nothing_else),
		cmocka_unit_test(a_cancelled_question_is_never_answered),
		cmocka_unit_test(only_plain_names_are_asked),
		cmocka_unit_test(a_name_server_is_an_address_with_a_port),
		cmocka_unit_test(a_trust_anchor_that_is_none_is_told_at_the_start),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
