// Which handler answers a request: one table, and what is not in it is not there. Pure.
//
// Paths match byte by byte as they were sent. There is no other spelling of a path: no trailing or double slash, no percent-encoding, no dot
// segments, no other case. Two layers that read a path differently let strangers in; here there is one.
#pragma once
#include "base/buf.h"

enum http_method { // a bit each, so that a route can have several
	HTTP_METHOD_GET = 1 << 0,
	HTTP_METHOD_HEAD = 1 << 1,
	HTTP_METHOD_POST = 1 << 2,
	HTTP_METHOD_PUT = 1 << 3,
	HTTP_METHOD_DELETE = 1 << 4,
	HTTP_METHOD_OPTIONS = 1 << 5,
	HTTP_METHOD_PATCH = 1 << 6,
	HTTP_METHOD_OTHER = 1 << 7, // never in a route
};

enum { HTTP_SEGMENTS_MAX = 4, HTTP_SEGMENT_LEN_MAX = 128 };

struct http_request;
struct http_match;
typedef void http_route_handler(struct http_request *request, const struct http_match *match, void *context);

struct http_route {
	unsigned methods;      // of enum http_method
	const char *pattern;   // "/acme/order/{}/finalize"; {} is one whole segment of 1 to HTTP_SEGMENT_LEN_MAX unreserved characters (RFC 3986 §2.3)
	http_route_handler *handler;
	int tag;               // for the handler: which of its rows this is
};

struct http_match {
	const struct http_route *route;
	struct view segments[HTTP_SEGMENTS_MAX]; // what stood for each {}; borrowed from path
	size_t segment_count;
	unsigned allowed;      // where the method isn't: those that are
};

// routes ends with a row without pattern. XICA_ENOTFOUND: no such path. XICA_EDENIED: not by this method; ret_match->allowed says by which.
XICA_MUST_CHECK int http_router_find(const struct http_route *routes, enum http_method method, struct view path, struct http_match *ret_match);
// The value of an Allow header: "GET, HEAD".
void http_router_add_allow(struct buf *out, unsigned methods);
