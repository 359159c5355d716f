// What is answered: a status, headers, a body. Built by handlers, sent by http/server.h. Pure.
//
// Whatever goes wrong while a reply is built (a control character in a header's value, no memory, too many headers) marks it as failed, and a failed
// reply is sent as a bare 500: so handlers build without checks, and no value from elsewhere can end its line and begin another header.
#pragma once
#include "base/arena.h"
#include "base/clock.h"

enum { HTTP_HEADERS_MAX = 32 };

struct http_header {
	const char *name;
	const char *value;
};

struct http_reply {
	unsigned status;
	struct http_header headers[HTTP_HEADERS_MAX];
	size_t header_count;
	struct view body;     // to HEAD only its length goes out
	void (*release)(const void *body, size_t len, void *context); // see http_reply_share
	void *release_context;
	bool close;           // the connection ends with this reply
	bool failed;
	struct arena arena;   // of the headers; for the handler's own texts too
};

#define HTTP_REPLY_INIT(with_status) ((struct http_reply){.status = (with_status)})
#define cleanup_http_reply [[gnu::cleanup(http_reply_free)]] struct http_reply

void http_reply_free(struct http_reply *reply);
// name is borrowed and must be a token. value: visible ASCII, spaces and tabs. A second header of the same name is a second line.
void http_reply_add(struct http_reply *reply, const char *name, struct view value);
void http_reply_add_str(struct http_reply *reply, const char *name, const char *value);
[[gnu::format(printf, 3, 4)]] void http_reply_addf(struct http_reply *reply, const char *name, const char *format, ...);
// Sets Content-Type as well. body must last until http_request_reply returns, which copies it.
void http_reply_body(struct http_reply *reply, const char *content_type, struct view body);

// The body is not copied, but used in place; release is called once when nobody needs it any more: after sending, or when the reply is freed unsent.
void http_reply_share(struct http_reply *reply, void (*release)(const void *body, size_t len, void *context), void *context);

// --- documents with validators (RFC 9110 §8.8, §13)

enum { HTTP_ETAG_LEN = 34 };

struct http_document {
	const char *content_type;
	struct view body;
	char etag[HTTP_ETAG_LEN + 1]; // strong, with its quotes
	struct view gzip;             // the same compressed; empty: it isn't
	char gzip_etag[HTTP_ETAG_LEN + 1];
	xica_time modified;
};

struct http_conditions { // the request's headers; empty where absent
	struct view if_none_match, if_modified_since;
	struct view accept_encoding;
};

// The tag that belongs to these bytes.
XICA_MUST_CHECK int http_document_tag(struct view body, char ret_etag[HTTP_ETAG_LEN + 1]);
// Does the client have it already? If-None-Match wins over If-Modified-Since (RFC 9110 §13.2.2).
bool http_document_is_known(const struct http_document *document, const struct http_conditions *conditions);
// 200 with the body (compressed, where there is that and the client takes it), or 304; ETag and Last-Modified with both.
void http_reply_document(struct http_reply *reply, const struct http_document *document, const struct http_conditions *conditions);
