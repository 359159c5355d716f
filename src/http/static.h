// Static files: a folder read into memory before the role locks itself in, so that no request ever touches a file.
//
// A file's URL is its path below the folder, of a page without ".html" ("/terms"); index.html is its folder's URL ("/", "/help/"). Nothing has a second
// URL. Files of a kind that isn't in the table of
// content types, and all whose name begins with a dot, are not served. Every answer has X-Content-Type-Options: nosniff; pages (HTML)
// have a strict Content-Security-Policy, Referrer-Policy, and Strict-Transport-Security where asked for.
//
// Pages are filled in (http/template.h) once for each language of the catalogue, text/LANGUAGE.json; "en" is the first, and the only one where there is no
// catalogue. The folders parts/ (what pages share) and letters/ (what is mailed) are not served. What gets shorter by it is kept compressed too.
#pragma once
#include "http/language.h"
#include "http/reply.h"

enum { HTTP_STATIC_FILES_MAX = 1024, HTTP_STATIC_FILE_MAX = 4 * 1024 * 1024, HTTP_STATIC_DEPTH_MAX = 6 };

struct http_static;

struct http_static_variable { // beside these there are {{lang}} and {{page}}, the page's path
	const char *name;
	const char *value;
};

// variables ends with a row without name, and is only read here. XICA_ENOTFOUND: no such folder. XICA_ERANGE: a bound above. XICA_EIO.
// XICA_EPARSE: a page has a place that nothing belongs to, or the catalogue is none. *why says which file, appended.
XICA_MUST_CHECK int http_static_load(const char *folder, const struct http_static_variable *variables, struct http_static **ret_files,
				     struct buf *why);
void http_static_free(struct http_static *files);
// The languages of the pages, as http_language_choose takes them; files may be NULL.
const char *const *http_static_languages(const struct http_static *files, size_t *ret_count);
// path as sent; the same exactness as the router's. language: an index of those above. NULL: no such file.
const struct http_document *http_static_find(const struct http_static *files, struct view path, size_t language);
bool http_static_is_page(const struct http_document *document);
// strict_transport: send Strict-Transport-Security. Not for a CA to play with on localhost, where it would bind every other port too.
void http_reply_static(struct http_reply *reply, const struct http_document *document, const struct http_conditions *conditions,
		       bool strict_transport);
