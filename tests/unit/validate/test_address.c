#include "validate/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "check.h"

static struct address parse(const char *text)
{
	uint8_t bytes[16];
	struct address address;
	bool v4 = inet_pton(AF_INET, text, bytes) == 1;
	if (!v4 && inet_pton(AF_INET6, text, bytes) != 1)
		fail_msg("%s is no address", text);
	assert_int_equal(address_from_rdata(view_bytes(bytes, v4 ? 4 : 16), &address), 0);
	return address;
}

static const char *refusal(const char *text)
{
	struct address address = parse(text);
	return address_refusal(&address, (struct address_networks){0});
}

static void addresses_inside_are_never_dialled(void **state)
{
	(void)state;
	static const char *const INSIDE[] = {
		// IPv4: first and last of each block
		"0.0.0.0", "0.0.0.1", "0.255.255.255", "10.0.0.0", "10.255.255.255", "100.64.0.0", "100.127.255.255", "127.0.0.0", "127.0.0.1",
		"127.255.255.255", "169.254.0.0", "169.254.169.254", "169.254.255.255", "172.16.0.0", "172.31.255.255", "192.0.0.0",
		"192.0.0.170", "192.0.0.255", "192.0.2.0", "192.0.2.255", "192.88.99.1", "192.168.0.0", "192.168.255.255", "198.18.0.0",
		"198.19.255.255", "198.51.100.0", "198.51.100.255", "203.0.113.0", "203.0.113.255", "224.0.0.0", "239.255.255.255", "240.0.0.0",
		"255.255.255.255",
		// IPv6
		"::", "::1", "::2", "fe80::", "fe80::1", "febf:ffff::1", "fec0::1", "feff::1", "fc00::1", "fd00::1", "fdff:ffff::1", "ff00::1", "ff02::1",
		"ff0e::1", "100::1", "100::ffff:ffff:ffff:ffff", "2001:db8::1", "2001:db8:ffff::1", "3fff::1", "3fff:fff::1", "2001:2::1", "2001:10::1",
		"2001:20::1", "2001:1::1", "2001:1ff::1", "4000::1", "5f00::1", "8000::1", "e000::1", "fe00::1", "1fff::1", "200::1",
		// IPv4 inside IPv6: mapped, compatible, NAT64, 6to4, Teredo
		"::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:8.8.8.8", "::ffff:0:127.0.0.1", "::127.0.0.1", "::8.8.8.8",
		"64:ff9b::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::10.0.0.1", "64:ff9b::8.8.8.8", "64:ff9b:1::10.0.0.1", "64:ff9b:1:ffff::1",
		"2002:7f00:1::1", "2002:a00:1::", "2002:808:808::1", "2001::1", "2001:0:7f00:1::", "2001:0:53aa:64c:0:0:80ff:fffe",
	};
	for (size_t i = 0; i < sizeof(INSIDE) / sizeof(INSIDE[0]); i++)
		if (!refusal(INSIDE[i]))
			fail_msg("%s would be dialled", INSIDE[i]);
}

static void public_addresses_are_dialled(void **state)
{
	(void)state;
	static const char *const PUBLIC[] = {
		"1.0.0.0", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0", "169.253.255.255",
		"169.255.0.0", "172.15.255.255", "172.32.0.0", "191.255.255.255", "192.0.1.0", "192.0.3.0", "192.88.98.255", "192.88.100.0",
		"192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0", "198.51.99.255", "198.51.101.0", "203.0.112.255", "203.0.114.0",
		"223.255.255.255", "2000::1", "2001:200::1", "2001:4860:4860::8888", "2001:db7::1", "2001:db9::1", "2003::1", "2a00::1", "2606:4700::1111",
		"3ffe::1", "3fff:1000::1",
	};
	for (size_t i = 0; i < sizeof(PUBLIC) / sizeof(PUBLIC[0]); i++)
		if (refusal(PUBLIC[i]))
			fail_msg("%s is taken for %s", PUBLIC[i], refusal(PUBLIC[i]));
}

static void a_refusal_says_what_the_address_is(void **state)
{
	(void)state;
	assert_string_equal(refusal("127.0.0.1"), "a loopback address");
	assert_string_equal(refusal("::1"), "a loopback address");
	assert_string_equal(refusal("192.168.1.1"), "a private address");
	assert_string_equal(refusal("fd12::1"), "a private address");
	assert_string_equal(refusal("100.64.0.1"), "a carrier's shared address");
	assert_string_equal(refusal("::ffff:127.0.0.1"), "an IPv4-mapped address");
	assert_string_equal(refusal("::127.0.0.1"), "an IPv4-compatible address");
	assert_string_equal(refusal("64:ff9b::a00:1"), "a NAT64 address");
	assert_string_equal(refusal("2002:7f00:1::"), "a 6to4 address");
	assert_string_equal(refusal("2001::1"), "a Teredo address");
	assert_string_equal(refusal("fec0::1"), "a site-local address");
}

static void a_configured_network_is_dialled_and_nothing_beside_it(void **state)
{
	(void)state;
	static const struct address_network LIST[] = {
		{{[10] = 0xff, [11] = 0xff, [12] = 127}, 104},
		{{[15] = 1}, 128},
		{{0xfd, 0x12, 0x30}, 20},
	};
	struct address_networks networks = {LIST, 3};
	static const char *const ALLOWED[] = {"127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "fd12:3fff::1"};
	for (size_t i = 0; i < sizeof(ALLOWED) / sizeof(ALLOWED[0]); i++) {
		struct address address = parse(ALLOWED[i]);
		assert_null(address_refusal(&address, networks));
	}
	static const char *const REFUSED[] = {"10.0.0.1", "::2", "::ffff:10.0.0.1", "fd12:4000::1", "64:ff9b::127.0.0.1", "2002:7f00:1::", "::127.0.0.1"};
	for (size_t i = 0; i < sizeof(REFUSED) / sizeof(REFUSED[0]); i++) {
		struct address address = parse(REFUSED[i]);
		assert_non_null(address_refusal(&address, networks));
	}
}

static void a_zone_id_is_no_part_of_an_address(void **state)
{
	(void)state;
	struct address address = parse("2a00::1"), back;
	struct sockaddr_storage to;
	unsigned port;
	socklen_t len = address_to_sockaddr(&address, 80, &to);
	assert_int_equal(address_from_sockaddr((struct sockaddr *)&to, len, &back, &port), 0);
	assert_true(address_equal(&address, &back));
	assert_int_equal(port, 80);
	struct sockaddr_in6 v6;
	memcpy(&v6, &to, sizeof(v6));
	v6.sin6_scope_id = 2;
	assert_int_equal(address_from_sockaddr((struct sockaddr *)&v6, sizeof(v6), &back, &port), XICA_EPARSE);
	assert_int_equal(address_from_sockaddr((struct sockaddr *)&to, len - 1, &back, &port), XICA_EPARSE);
	to.ss_family = AF_UNIX;
	assert_int_equal(address_from_sockaddr((struct sockaddr *)&to, len, &back, &port), XICA_EPARSE);
}

static void addresses_have_their_usual_text(void **state)
{
	(void)state;
	char text[ADDRESS_TEXT_LEN];
	struct address v4 = parse("192.0.2.7"), v6 = parse("2001:db8:0::7");
	assert_string_equal(address_text(&v4, text), "192.0.2.7");
	assert_string_equal(address_text(&v6, text), "2001:db8::7");
	struct address none;
	assert_int_equal(address_from_rdata(VIEW_LIT("12345"), &none), XICA_EPARSE);
	assert_int_equal(address_from_rdata(VIEW_NONE, &none), XICA_EPARSE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_inside_are_never_dialled),
		cmocka_unit_test(public_addresses_are_dialled),
		cmocka_unit_test(a_refusal_says_what_the_address_is),
		cmocka_unit_test(a_configured_network_is_dialled_and_nothing_beside_it),
		cmocka_unit_test(a_zone_id_is_no_part_of_an_address),
		cmocka_unit_test(addresses_have_their_usual_text),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
