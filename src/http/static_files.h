// Inside the http room: the files in memory.
#pragma once
#include "http/catalogue.h"
#include "http/static.h"

struct static_file {
	char *path; // of the URL
	struct http_document *documents; // one a language; of what is no page, one
	size_t count;
};

struct http_static {
	struct static_file *list; // sorted by path
	size_t count;
	const char *languages[HTTP_LANGUAGES_MAX];
	struct http_catalogue catalogues[HTTP_LANGUAGES_MAX];
	size_t language_count;
	struct arena arena;
};
