// Addresses that the validator may dial: public ones, and what the configuration adds. All else is somebody's inside. Pure.
#pragma once
#include <sys/socket.h>

#include "base/error.h"
#include "base/view.h"

struct address {
	bool v4;
	uint8_t bytes[16]; // IPv4: the first 4
};

struct address_network { // a block that may be dialled although it is not public
	uint8_t address[16]; // IPv4 as ::ffff:a.b.c.d
	unsigned prefix;     // bits, of 128
};

struct address_networks {
	const struct address_network *list;
	size_t count;
};

enum { ADDRESS_TEXT_LEN = 46 };

// RDATA of an A or AAAA record. XICA_EPARSE: neither 4 nor 16 bytes.
XICA_MUST_CHECK int address_from_rdata(struct view rdata, struct address *ret_address);
// XICA_EPARSE: another family, or an IPv6 address with a zone (scope) id. port in host order; ret_port may be NULL.
XICA_MUST_CHECK int address_from_sockaddr(const struct sockaddr *from, socklen_t len, struct address *ret_address, unsigned *ret_port);
socklen_t address_to_sockaddr(const struct address *address, unsigned port, struct sockaddr_storage *ret_to);
// NULL: it may be dialled. Else what it is, for the applicant: "a loopback address". An IPv4 address inside an IPv6 one (mapped, compatible, NAT64,
// 6to4, Teredo) is refused as such, unless the networks hold that very IPv6 block; a mapped one is looked up there as IPv4, too.
const char *address_refusal(const struct address *address, struct address_networks allowed);
// "192.0.2.7", "2001:db8::7"; returns text
const char *address_text(const struct address *address, char text[ADDRESS_TEXT_LEN]);
bool address_equal(const struct address *a, const struct address *b);
