// XML streams (RFC 6120 §4): what the other side says, as whole elements. Pure: bytes in, elements out.
//
// Made for strangers: no document type, no processing instruction, no comment, no entity but the five (RFC 6120 §11.1), UTF-8 alone, a bound on
// all bytes of a stream and the pieces in which they come (what is not whole is read again with each), on depth, and on the attributes of an element.
// Whatever breaks a rule ends the stream.
#pragma once
#include "base/arena.h"
#include "base/buf.h"

enum { XMPP_STREAM_BYTES_MAX = 64 * 1024, XMPP_STREAM_PIECES_MAX = 1024, XMPP_DEPTH_MAX = 16, XMPP_ATTRIBUTES_MAX = 32 };

#define XMPP_NS_STREAM "http://etherx.jabber.org/streams"
#define XMPP_NS_TLS "urn:ietf:params:xml:ns:xmpp-tls"
#define XMPP_NS_SASL "urn:ietf:params:xml:ns:xmpp-sasl"
#define XMPP_NS_STREAM_ERRORS "urn:ietf:params:xml:ns:xmpp-streams"
#define XMPP_NS_ACME "urn:xica:acme:0"

enum xmpp_service { XMPP_CLIENT, XMPP_SERVER }; // jabber:client, jabber:server

struct xmpp_attribute {
	const char *ns; // "" where it has none
	const char *name, *value;
	struct xmpp_attribute *next;
};

struct xmpp_element {
	const char *ns, *name;
	struct xmpp_attribute *attributes;
	struct buf text;                // of its own, without its children's
	struct xmpp_element *children, *next;
	struct xmpp_element *parent, **tail; // while it is read
};

struct xmpp_stream_events {
	// The stream's own start tag; without children.
	void (*opened)(const struct xmpp_element *stream, void *context);
	// A whole child of the stream. It dies when this returns.
	void (*element)(const struct xmpp_element *element, void *context);
	void (*closed)(void *context); // </stream:stream>
};

struct xmpp_stream;

// salt: random, so that names can't be made to collide in expat's tables. events must outlive the stream.
XICA_MUST_CHECK int xmpp_stream_new(const struct xmpp_stream_events *events, void *context, uint64_t salt, struct xmpp_stream **ret_stream);
void xmpp_stream_free(struct xmpp_stream *stream); // not within an event
// XICA_EPARSE: not such a stream; *ret_why is a clause about the sender ("sent XML that isn't well-formed"), static. XICA_ERANGE: beyond a bound.
// XICA_ENOMEM. After an error, or when an event said xmpp_stream_stop, nothing more may be fed.
XICA_MUST_CHECK int xmpp_stream_feed(struct xmpp_stream *stream, struct view bytes, const char **ret_why);
// Within an event: no further events come, and feed returns 0.
void xmpp_stream_stop(struct xmpp_stream *stream);
// After a stop: were there bytes behind what was stopped at, in what was fed last?
bool xmpp_stream_left_over(const struct xmpp_stream *stream);

const struct xmpp_element *xmpp_child(const struct xmpp_element *element, const char *ns, const char *name); // the first; NULL: none
const char *xmpp_attribute(const struct xmpp_element *element, const char *name);                           // without namespace; NULL: none

// The initiating side's stream header (RFC 6120 §4.7), appended. to: a domain.
void xmpp_stream_add_header(struct buf *out, enum xmpp_service service, struct view to);
