// The URLs of http-01: the first one, and those that redirects lead to. Pure.
//
// One parser (libcurl's) reads a URL; what is dialled and what is sent are then both made from the parts that we checked.
#pragma once
#include "base/arena.h"

struct url_ports {
	unsigned http, https; // what may stand there for 80 and 443: a configuration for tests has others
};

struct url {
	bool https;
	const char *host; // lower case; never an IP address
	unsigned port;    // as it stands in the URL, or the scheme's
	const char *text; // without credentials and fragment
};

enum { URL_MAX_LEN = 2048 };

// http://HOST/.well-known/acme-challenge/TOKEN (RFC 8555 §8.3). XICA_EPARSE: not a host, or not a token.
XICA_MUST_CHECK int url_challenge(struct view host, struct view token, struct arena *arena, struct url *ret_url);
// A Location, which may be relative to base. XICA_EDENIED: *ret_why is a clause for the applicant (static storage): another scheme or
// port, credentials, an IP address for a host, too long, not a URL.
XICA_MUST_CHECK int url_redirect(const struct url *base, struct view location, const struct url_ports *ports, struct arena *arena,
				 struct url *ret_url, const char **ret_why);
