// SRV records (RFC 2782): where a service of a domain is. Pure.
#pragma once
#include "base/arena.h"

struct dns_srv {
	unsigned priority, weight, port;
	const char *target; // lower case, without a final dot; "" (the root): the service is decidedly not there
};

// XICA_EPARSE: malformed. target lives in arena.
XICA_MUST_CHECK int dns_srv_read(struct view rdata, struct arena *arena, struct dns_srv *ret_srv);
// Lower priority first; the same priority: higher weight first; then by target and port, so that the order is stable.
int dns_srv_compare(const struct dns_srv *a, const struct dns_srv *b);
