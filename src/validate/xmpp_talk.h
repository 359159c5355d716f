// One conversation with an XMPP server: to its certificate, and where asked for to the stream features behind it (RFC 6120 §4, §5; XEP-0368). Nothing is
// sent but stream headers and <starttls/>, and nobody is followed anywhere. The server's certificate may be any.
#pragma once
#include "validate/challenge.h"
#include "xmpp/features.h"

enum { // seconds
	XMPP_TALK_CONNECT_TIMEOUT = 5,
	XMPP_TALK_TIMEOUT = 10, // for all that follows
};

struct xmpp_talk_request { // domain must outlive the talk
	struct address address;
	unsigned port;
	const char *domain;       // whose stream; also the SNI
	enum xmpp_service service;
	bool direct_tls;          // XEP-0368: TLS at once
	bool features;            // go on to the features of the encrypted stream
};

struct xmpp_talk_seen { // gone when done returns
	bool answered;            // a connection came about
	const char *failure;      // a clause about the server: "offers no STARTTLS". NULL: all that was asked for is here
	enum acme_problem_type problem; // of a failure: connection or tls
	struct view certificate;  // DER, as shown; empty: didn't come so far
	struct view chain;        // what was sent with it, DER after DER
	const char *tls_version;
	const struct xmpp_element *features; // of the encrypted stream
};

typedef void xmpp_talk_done(const struct xmpp_talk_seen *seen, void *context);

struct xmpp_talk;
// done is called once, from the loop, never from within; the talk is gone when it returns.
XICA_MUST_CHECK int xmpp_talk_start(const struct challenge_tools *tools, const struct xmpp_talk_request *request, xmpp_talk_done *done, void *context,
				    struct xmpp_talk **ret_talk);
void xmpp_talk_cancel(struct xmpp_talk *talk); // NULL is fine
