// What meets those who look for the XMPP service of a domain, clients and servers alike: every kind of SRV record, every target, the certificate that is
// shown there and what is offered behind it. A look proves nothing and writes no receipt: it is for people who want to know whether their server is right.
#pragma once
#include "validate/xmpp_place.h"
#include "validate/xmpp_talk.h"

enum {
	XMPP_SIGHTS_MAX = 12,
	XMPP_LOOK_DER_MAX = 64 * 1024, // bytes; longer ones are left out
	XMPP_LOOK_TIMEOUT = 40, // seconds for everything; what was seen by then counts
};

struct xmpp_sight { // one target; texts are in the look's arena
	const struct xmpp_srv *srv;
	const char *host;
	unsigned port;
	const char *address;     // that answered, or the last that didn't; NULL: the host has none
	const char *failure;     // a clause: "can't be reached: Connection refused", "offers no STARTTLS"; NULL: none
	const char *tls_version; // NULL: it didn't come so far
	struct view certificate; // DER; empty likewise
	struct view chain;       // what was sent with it, DER after DER
	bool external;           // SASL EXTERNAL is offered
	bool secure;             // its SRV record is signed
};

struct xmpp_look_result { // gone when done returns
	struct xmpp_sight list[XMPP_SIGHTS_MAX];
	size_t count;
	const char *failure;     // a sentence: why records could not be looked up; NULL: they could
};

typedef void xmpp_look_done(const struct xmpp_look_result *result, void *context);

struct xmpp_look;
// domain: A-labels, lower case. done is called once, from the loop, never from within.
XICA_MUST_CHECK int xmpp_look_start(const struct challenge_tools *tools, struct view domain, xmpp_look_done *done, void *context,
				    struct xmpp_look **ret_look);
void xmpp_look_cancel(struct xmpp_look *look); // NULL is fine
