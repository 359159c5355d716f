// Which certificate does a server show? As another server or a client: stream, STARTTLS, handshake, and gone.
#pragma once
#include "client/trouble.h"
#include "xmpp/stream.h"

enum client_shown {
	CLIENT_UNREACHABLE, // nobody answers there
	CLIENT_SHOWS_NONE,  // somebody answers, and there is no TLS for this domain
	CLIENT_SHOWS_OTHER,
	CLIENT_SHOWS_IT,
};

// service: as whom to come. where: "HOST:PORT", "[::1]:5269". der: the certificate that is to be seen.
enum client_shown client_shown_at(const char *where, enum xmpp_service service, const char *domain, struct view der);
