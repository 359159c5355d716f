#include <arpa/inet.h>
#include <stdlib.h>

#include "check.h"
#include "http/networks.h"

static void parse(const char *text, uint8_t address[16])
{
	memset(address, 0, 16);
	if (strchr(text, ':')) {
		assert_int_equal(inet_pton(AF_INET6, text, address), 1);
		return;
	}
	address[10] = address[11] = 0xff;
	assert_int_equal(inet_pton(AF_INET, text, address + 12), 1);
}

static void add(struct buf *out, const char *text, unsigned prefix)
{
	uint8_t address[16];
	parse(text, address);
	buf_add(out, view_bytes(address, 16));
	buf_add_byte(out, (uint8_t)(prefix + (strchr(text, ':') ? 0 : 96)));
}

static bool have(const struct http_networks *networks, const char *text)
{
	uint8_t address[16];
	parse(text, address);
	return http_networks_have(networks, address);
}

static void an_address_is_in_the_networks_that_have_it_and_in_no_others(void **state)
{
	cleanup_buf bytes = BUF_INIT;
	struct http_networks *networks;
	(void)state;
	add(&bytes, "192.0.2.0", 24);
	add(&bytes, "203.0.113.7", 32);
	add(&bytes, "2001:db8:1::", 48);
	add(&bytes, "10.0.0.0", 9);
	assert_int_equal(http_networks_new(buf_view(&bytes), &networks), 0);
	assert_true(have(networks, "192.0.2.0") && have(networks, "192.0.2.255") && have(networks, "203.0.113.7"));
	assert_true(have(networks, "2001:db8:1:ffff::1") && have(networks, "10.127.255.255"));
	assert_false(have(networks, "192.0.3.0") || have(networks, "203.0.113.6") || have(networks, "2001:db8:2::1") || have(networks, "10.128.0.0"));
	assert_false(have(networks, "::1") || have(networks, "::c000:200")); // an IPv6 address is no IPv4 one
	http_networks_free(networks);
}

static void none_and_all(void **state)
{
	cleanup_buf bytes = BUF_INIT;
	struct http_networks *networks;
	(void)state;
	assert_false(have(NULL, "192.0.2.1"));
	assert_int_equal(http_networks_new(VIEW_NONE, &networks), 0);
	assert_false(have(networks, "192.0.2.1"));
	http_networks_free(networks);
	add(&bytes, "::", 0);
	assert_int_equal(http_networks_new(buf_view(&bytes), &networks), 0);
	assert_true(have(networks, "192.0.2.1") && have(networks, "2001:db8::1"));
	http_networks_free(networks);
}

static void what_are_no_networks_is_refused(void **state)
{
	cleanup_buf bytes = BUF_INIT;
	struct http_networks *networks;
	(void)state;
	add(&bytes, "192.0.2.1", 24); // bits beyond its prefix
	assert_int_equal(http_networks_new(buf_view(&bytes), &networks), XICA_EPARSE);
	buf_clear(&bytes);
	add(&bytes, "::", 129);
	assert_int_equal(http_networks_new(buf_view(&bytes), &networks), XICA_EPARSE);
	assert_int_equal(http_networks_new(VIEW_LIT("short"), &networks), XICA_EPARSE);
}

// Against the plain way, over many networks.
static void many_networks_say_what_a_look_at_each_would_say(void **state)
{
	enum { COUNT = 500 };
	cleanup_buf bytes = BUF_INIT;
	struct http_networks *networks;
	unsigned seed = 7, inside = 0;
	(void)state;
	for (unsigned i = 0; i < COUNT; i++) {
		uint8_t entry[HTTP_NETWORK_LEN] = {[10] = 0xff, [11] = 0xff};
		unsigned prefix = 4 + (unsigned)rand_r(&seed) % 29;
		uint32_t address = htonl((uint32_t)rand_r(&seed) << 1 & ~(uint32_t)0 << (32 - prefix));
		memcpy(entry + 12, &address, 4);
		entry[16] = (uint8_t)(96 + prefix);
		buf_add(&bytes, view_bytes(entry, sizeof(entry)));
	}
	assert_int_equal(http_networks_new(buf_view(&bytes), &networks), 0);
	for (unsigned i = 0; i < 2000; i++) {
		uint8_t address[16] = {[10] = 0xff, [11] = 0xff};
		uint32_t number = (uint32_t)rand_r(&seed) << 1, value = htonl(number);
		bool expected = false;
		memcpy(address + 12, &value, 4);
		for (size_t n = 0; n < bytes.len; n += HTTP_NETWORK_LEN) {
			uint32_t other, bits = bytes.ptr[n + 16] - 96U;
			memcpy(&other, bytes.ptr + n + 12, 4);
			expected = expected || (ntohl(other) ^ number) >> (32 - bits) == 0;
		}
		assert_int_equal(http_networks_have(networks, address), expected);
		inside += expected;
	}
	assert_in_range(inside, 1, 1999);
	http_networks_free(networks);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_is_in_the_networks_that_have_it_and_in_no_others),
		cmocka_unit_test(none_and_all),
		cmocka_unit_test(what_are_no_networks_is_refused),
		cmocka_unit_test(many_networks_say_what_a_look_at_each_would_say),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
