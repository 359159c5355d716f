#include "http/reply.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/hex.h"
#include "crypto/digest.h"
#include "http/language.h"

void http_reply_free(struct http_reply *reply)
{
	if (reply->release)
		reply->release(reply->body.ptr, reply->body.len, reply->release_context);
	arena_free(&reply->arena);
	*reply = HTTP_REPLY_INIT(0);
}

static bool is_token(const char *name) // RFC 9110 §5.6.2, of which our own names need this much
{
	size_t len = strlen(name);
	return len && strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") == len;
}

static bool is_field_value(struct view value) // RFC 9110 §5.5, without the obsolete bytes above 0x7f
{
	for (size_t i = 0; i < value.len; i++)
		if (value.ptr[i] != '\t' && (value.ptr[i] < 0x20 || value.ptr[i] > 0x7e))
			return false;
	return true;
}

void http_reply_add(struct http_reply *reply, const char *name, struct view value)
{
	char *text = NULL;
	if (reply->header_count < HTTP_HEADERS_MAX && is_token(name) && is_field_value(value))
		text = arena_strdup(&reply->arena, value);
	if (!text) {
		reply->failed = true;
		return;
	}
	reply->headers[reply->header_count++] = (struct http_header){name, text};
}

void http_reply_add_str(struct http_reply *reply, const char *name, const char *value)
{
	http_reply_add(reply, name, view_str(value));
}

void http_reply_addf(struct http_reply *reply, const char *name, const char *format, ...)
{
	char text[512];
	va_list args;
	va_start(args, format);
	int len = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (len < 0 || (size_t)len >= sizeof(text))
		reply->failed = true;
	else
		http_reply_add_str(reply, name, text);
}

void http_reply_body(struct http_reply *reply, const char *content_type, struct view body)
{
	http_reply_add_str(reply, "Content-Type", content_type);
	reply->body = body;
}

void http_reply_share(struct http_reply *reply, void (*release)(const void *body, size_t len, void *context), void *context)
{
	reply->release = release;
	reply->release_context = context;
}

int http_document_tag(struct view body, char ret_etag[HTTP_ETAG_LEN + 1])
{
	uint8_t digest[CRYPTO_SHA256_LEN];
	int error = crypto_sha256(body, digest);
	if (error)
		return error;
	cleanup_buf text = BUF_INIT;
	buf_add_byte(&text, '"');
	hex_encode(&text, view_bytes(digest, (HTTP_ETAG_LEN - 2) / 2));
	buf_add_byte(&text, '"');
	if (buf_error(&text))
		return XICA_ENOMEM;
	memcpy(ret_etag, text.ptr, HTTP_ETAG_LEN);
	ret_etag[HTTP_ETAG_LEN] = 0;
	return 0;
}

static bool is_space(uint8_t c)
{
	return c == ' ' || c == '\t';
}

// Is the tag in the list? Compared weakly (RFC 9110 §8.8.3.2), as If-None-Match asks. A list that isn't one matches nothing from there on.
static bool list_has_tag(struct view list, struct view tag)
{
	size_t at = 0;
	for (;;) {
		while (at < list.len && (is_space(list.ptr[at]) || list.ptr[at] == ','))
			at++;
		if (view_starts(view_sub(list, at, SIZE_MAX), VIEW_LIT("W/")))
			at += 2;
		if (at >= list.len || list.ptr[at] != '"')
			return false;
		size_t end = view_index(list, '"', at + 1);
		if (end == SIZE_MAX)
			return false;
		if (view_equal(view_sub(list, at, end + 1 - at), tag))
			return true;
		at = end + 1;
	}
}

bool http_document_is_known(const struct http_document *document, const struct http_conditions *conditions)
{
	if (conditions->if_none_match.len)
		return view_equal_str(conditions->if_none_match, "*") || list_has_tag(conditions->if_none_match, view_str(document->etag)) ||
		       (document->gzip.len && list_has_tag(conditions->if_none_match, view_str(document->gzip_etag)));
	xica_time since;
	if (!conditions->if_modified_since.len || clock_parse_http(conditions->if_modified_since, &since))
		return false;
	return document->modified <= since;
}

static bool takes_gzip(const struct http_conditions *conditions)
{
	return http_language_weight(conditions->accept_encoding, VIEW_LIT("gzip")) > 0;
}

void http_reply_document(struct http_reply *reply, const struct http_document *document, const struct http_conditions *conditions)
{
	cleanup_buf modified = BUF_INIT;
	bool gzip = document->gzip.len && takes_gzip(conditions);
	clock_add_http(&modified, document->modified);
	http_reply_add_str(reply, "ETag", gzip ? document->gzip_etag : document->etag);
	http_reply_add(reply, "Last-Modified", buf_view(&modified));
	if (buf_error(&modified))
		reply->failed = true;
	if (document->gzip.len)
		http_reply_add_str(reply, "Vary", "Accept-Encoding");
	if (http_document_is_known(document, conditions)) {
		reply->status = 304;
		return;
	}
	reply->status = 200;
	if (gzip)
		http_reply_add_str(reply, "Content-Encoding", "gzip");
	http_reply_body(reply, document->content_type, gzip ? document->gzip : document->body);
}
