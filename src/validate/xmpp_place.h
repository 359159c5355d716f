// Where the XMPP service of a domain is: its SRV records (RFC 6120 §3.2, XEP-0368), in the order in which they are to be tried.
#pragma once
#include "validate/challenge.h"
#include "xmpp/stream.h"

enum { XMPP_ENDPOINTS_MAX = 16 };

struct xmpp_srv { // a kind of record
	const char *name;         // "_xmpp-server"
	enum xmpp_service service;
	bool direct_tls;
	unsigned fallback_port;   // of the domain itself, where it has no such record; 0: there is no fallback
};

struct xmpp_endpoint {
	const char *host;
	unsigned port, priority;
};

struct xmpp_place { // gone when done returns
	struct xmpp_endpoint list[XMPP_ENDPOINTS_MAX];
	size_t count;             // 0 without a failure: the domain has no such service
	bool secure;              // the records are signed (DNSSEC)
	struct challenge_outcome failure; // problem NONE: none
};

const struct xmpp_srv *xmpp_srv_find(struct view name); // NULL: no such kind
typedef void xmpp_place_done(const struct xmpp_place *place, void *context);

struct xmpp_place_lookup;
// As dns_done. XICA_EINVAL: domain is none, in A-labels and lower case.
XICA_MUST_CHECK int xmpp_place_start(const struct challenge_tools *tools, const struct xmpp_srv *srv, const char *domain, xmpp_place_done *done,
				     void *context, struct xmpp_place_lookup **ret_lookup);
void xmpp_place_cancel(struct xmpp_place_lookup *lookup); // NULL is fine
