// tls-alpn-01 (RFC 8737): D, called by TLS with the protocol acme-tls/1 and nothing else, shows the certificate of acme_identifier.h.
//
// TLS 1.2 or newer. IPv6 is tried first, then the next address where no connection comes about; whoever answers decides.
#pragma once
#include "validate/challenge.h"

enum { // seconds, for one address
	TLS_ALPN01_CONNECT_TIMEOUT = 5,
	TLS_ALPN01_HANDSHAKE_TIMEOUT = 10,
};

#define TLS_ALPN01_PROTOCOL VIEW_LIT("acme-tls/1")

extern const struct challenge_method challenge_tls_alpn01;
