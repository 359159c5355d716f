// Which certificate does the server show to other servers? As one of them: stream, STARTTLS, handshake, and gone.
#pragma once
#include "client/trouble.h"

#define CLIENT_SHOWN_HERE "127.0.0.1:5269" // where nothing else is said

enum client_shown {
	CLIENT_UNREACHABLE, // nobody answers there
	CLIENT_SHOWS_NONE,  // somebody answers, and there is no TLS for this domain
	CLIENT_SHOWS_OTHER,
	CLIENT_SHOWS_IT,
};

// where: "HOST:PORT", "[::1]:5269". der: the certificate that is to be seen.
enum client_shown client_shown_at(const char *where, const char *domain, struct view der);
