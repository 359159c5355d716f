// http-01 (RFC 8555 §8.3): http://D/.well-known/acme-challenge/TOKEN answers with the key authorization.
//
// Redirects are followed by ourselves: at most 10, each hop's host looked up by our resolver, each address checked when it is dialled, http to
// port 80 and https to port 443 alone, certificates not judged. IPv6 is tried first, then IPv4 where no connection comes about.
#pragma once
#include "validate/challenge.h"

enum {
	HTTP01_REDIRECTS_MAX = 10,
	HTTP01_BODY_MAX = 4096,
	HTTP01_HEADERS_MAX = 32768,
	HTTP01_HOP_TIMEOUT = 10, // seconds, for one address of one hop
	HTTP01_TIMEOUT = 30,     // for all of it
};

extern const struct challenge_method challenge_http01;

// Is this body the key authorization? White space at its end counts for nothing. Pure.
bool http01_body_fits(struct view body, struct view key_authorization);
// 301, 302, 303, 307, 308
bool http01_is_redirect(long status);
