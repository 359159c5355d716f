#include "validate/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

// Both tables are those of the IANA special-purpose address registries (RFC 6890), the first that fits counts.
struct special {
	uint8_t bytes[6]; // the rest is zero
	unsigned prefix;
	const char *what;
};

static const char PRIVATE[] = "a private address", LOOPBACK[] = "a loopback address", LINK_LOCAL[] = "a link-local address",
		  MULTICAST[] = "a multicast address", EXAMPLES[] = "an address for documentation", BENCHMARK[] = "an address for benchmarks",
		  UNSPECIFIED[] = "the unspecified address", RESERVED[] = "a reserved address", NAT64[] = "a NAT64 address";

static const struct special V4[] = {
	{{0}, 32, UNSPECIFIED},
	{{0}, 8, RESERVED},                               // RFC 791 §3.2: this network
	{{10}, 8, PRIVATE},                               // RFC 1918
	{{100, 64}, 10, "a carrier's shared address"},    // RFC 6598
	{{127}, 8, LOOPBACK},                             // RFC 1122 §3.2.1.3
	{{169, 254}, 16, LINK_LOCAL},                     // RFC 3927
	{{172, 16}, 12, PRIVATE},
	{{192, 0, 0}, 24, RESERVED},                      // RFC 6890 §2.1
	{{192, 0, 2}, 24, EXAMPLES},                      // RFC 5737
	{{192, 88, 99}, 24, "a 6to4 relay's address"},    // RFC 7526
	{{192, 168}, 16, PRIVATE},
	{{198, 18}, 15, BENCHMARK},                       // RFC 2544
	{{198, 51, 100}, 24, EXAMPLES},
	{{203, 0, 113}, 24, EXAMPLES},
	{{224}, 4, MULTICAST},                            // RFC 5771
	{{240}, 4, RESERVED},                             // RFC 1112 §4, and broadcast
};

// Outside 2000::/3 nothing is public; what stands here of it only gets its name.
static const struct special V6[] = {
	{{0x20, 0x01, 0x00, 0x00}, 32, "a Teredo address"},      // RFC 4380
	{{0x20, 0x01, 0x00, 0x02, 0x00, 0x00}, 48, BENCHMARK},   // RFC 5180
	{{0x20, 0x01, 0x0d, 0xb8}, 32, EXAMPLES},                // RFC 3849
	{{0x20, 0x01, 0x00}, 23, RESERVED},                      // RFC 2928: protocol assignments, ORCHID
	{{0x20, 0x02}, 16, "a 6to4 address"},                    // RFC 3056
	{{0x3f, 0xff, 0x00}, 20, EXAMPLES},                      // RFC 9637
	{{0x20}, 3, NULL},                                       // RFC 4291: global unicast
	{{0x00, 0x64, 0xff, 0x9b}, 96, NAT64},                   // RFC 6052
	{{0x00, 0x64, 0xff, 0x9b, 0x00, 0x01}, 48, NAT64},       // RFC 8215
	{{0x01}, 64, "a discard address"},                       // RFC 6666
	{{0xfc}, 7, PRIVATE},                                    // RFC 4193: unique local
	{{0xfe, 0x80}, 10, LINK_LOCAL},
	{{0xfe, 0xc0}, 10, "a site-local address"},              // RFC 3879
	{{0xff}, 8, MULTICAST},
	{{0}, 0, RESERVED},
};

static const uint8_t MAPPED[12] = {[10] = 0xff, [11] = 0xff}; // RFC 4291 §2.5.5.2
static const uint8_t ZERO[16] = {0};

static bool has_prefix(const uint8_t *bytes, const uint8_t *prefix, unsigned bits)
{
	if (bits / 8 && memcmp(bytes, prefix, bits / 8) != 0)
		return false;
	unsigned rest = bits % 8;
	return !rest || (bytes[bits / 8] ^ prefix[bits / 8]) >> (8 - rest) == 0;
}

static const char *find_special(const uint8_t *bytes, const struct special *table, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		uint8_t prefix[16] = {0};
		memcpy(prefix, table[i].bytes, sizeof(table[i].bytes));
		if (has_prefix(bytes, prefix, table[i].prefix))
			return table[i].what;
	}
	return NULL;
}

static bool is_allowed(const uint8_t wide[16], struct address_networks allowed)
{
	for (size_t i = 0; i < allowed.count; i++)
		if (allowed.list[i].prefix <= 128 && has_prefix(wide, allowed.list[i].address, allowed.list[i].prefix))
			return true;
	return false;
}

const char *address_refusal(const struct address *address, struct address_networks allowed)
{
	uint8_t wide[16] = {0};
	if (address->v4) {
		memcpy(wide, MAPPED, sizeof(MAPPED));
		memcpy(wide + sizeof(MAPPED), address->bytes, 4);
	} else {
		memcpy(wide, address->bytes, 16);
	}
	if (is_allowed(wide, allowed))
		return NULL;
	if (address->v4)
		return find_special(address->bytes, V4, sizeof(V4) / sizeof(V4[0]));
	if (memcmp(wide, MAPPED, sizeof(MAPPED)) == 0)
		return "an IPv4-mapped address";
	if (memcmp(wide, ZERO, 16) == 0)
		return UNSPECIFIED;
	if (memcmp(wide, ZERO, 15) == 0 && wide[15] == 1)
		return LOOPBACK;
	if (memcmp(wide, ZERO, 12) == 0)
		return "an IPv4-compatible address"; // RFC 4291 §2.5.5.1
	return find_special(wide, V6, sizeof(V6) / sizeof(V6[0]));
}

int address_from_rdata(struct view rdata, struct address *ret_address)
{
	if (rdata.len != 4 && rdata.len != 16)
		return XICA_EPARSE;
	*ret_address = (struct address){.v4 = rdata.len == 4};
	memcpy(ret_address->bytes, rdata.ptr, rdata.len);
	return XICA_OK;
}

int address_from_sockaddr(const struct sockaddr *from, socklen_t len, struct address *ret_address, unsigned *ret_port)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	if (len >= sizeof(v4) && from->sa_family == AF_INET) {
		memcpy(&v4, from, sizeof(v4));
		*ret_address = (struct address){.v4 = true};
		memcpy(ret_address->bytes, &v4.sin_addr, 4);
		if (ret_port)
			*ret_port = ntohs(v4.sin_port);
		return XICA_OK;
	}
	if (len < sizeof(v6) || from->sa_family != AF_INET6)
		return XICA_EPARSE;
	memcpy(&v6, from, sizeof(v6));
	if (v6.sin6_scope_id)
		return XICA_EPARSE;
	*ret_address = (struct address){.v4 = false};
	memcpy(ret_address->bytes, &v6.sin6_addr, 16);
	if (ret_port)
		*ret_port = ntohs(v6.sin6_port);
	return XICA_OK;
}

socklen_t address_to_sockaddr(const struct address *address, unsigned port, struct sockaddr_storage *ret_to)
{
	*ret_to = (struct sockaddr_storage){0};
	if (address->v4) {
		struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
		memcpy(&v4.sin_addr, address->bytes, 4);
		memcpy(ret_to, &v4, sizeof(v4));
		return sizeof(v4);
	}
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
	memcpy(&v6.sin6_addr, address->bytes, 16);
	memcpy(ret_to, &v6, sizeof(v6));
	return sizeof(v6);
}

const char *address_text(const struct address *address, char text[ADDRESS_TEXT_LEN])
{
	const char *made = inet_ntop(address->v4 ? AF_INET : AF_INET6, address->bytes, text, ADDRESS_TEXT_LEN);
	return made ? made : "?";
}

bool address_equal(const struct address *a, const struct address *b)
{
	return a->v4 == b->v4 && memcmp(a->bytes, b->bytes, a->v4 ? 4 : 16) == 0;
}
