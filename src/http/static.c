#include <stdlib.h>
#include <string.h>

#include "http/static_files.h"

// No text becomes markup or script: what a page shows of others' words, it shows by way of text nodes.
static const char CONTENT_SECURITY[] = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
				       "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

void http_static_free(struct http_static *files)
{
	if (!files)
		return;
	arena_free(&files->arena);
	free(files->list);
	free(files);
}

const char *const *http_static_languages(const struct http_static *files, size_t *ret_count)
{
	static const char *const ENGLISH[] = {"en"};
	*ret_count = files ? files->language_count : 1;
	return files ? files->languages : ENGLISH;
}

const struct http_document *http_static_find(const struct http_static *files, struct view path, size_t language)
{
	size_t from = 0, to = files ? files->count : 0;
	while (from < to) {
		size_t middle = from + (to - from) / 2;
		const struct static_file *file = &files->list[middle];
		int order = view_compare(path, view_str(file->path));
		if (!order)
			return &file->documents[language < file->count ? language : 0];
		if (order < 0)
			to = middle;
		else
			from = middle + 1;
	}
	return NULL;
}

bool http_static_is_page(const struct http_document *document)
{
	return view_starts(view_str(document->content_type), VIEW_LIT("text/html"));
}

void http_reply_static(struct http_reply *reply, const struct http_document *document, const struct http_conditions *conditions,
		       bool strict_transport)
{
	bool page = http_static_is_page(document);
	http_reply_document(reply, document, conditions);
	http_reply_add_str(reply, "X-Content-Type-Options", "nosniff");
	http_reply_add_str(reply, "Cross-Origin-Resource-Policy", "same-origin");
	// Pages are asked about each time; what they bring along may lag behind by five minutes.
	http_reply_add_str(reply, "Cache-Control", page ? "no-cache" : "public, max-age=300");
	if (!page)
		return;
	http_reply_add_str(reply, "Vary", "Accept-Language, Cookie");
	http_reply_add_str(reply, "Content-Security-Policy", CONTENT_SECURITY);
	http_reply_add_str(reply, "Cross-Origin-Opener-Policy", "same-origin");
	http_reply_add_str(reply, "Referrer-Policy", "no-referrer");
	if (strict_transport)
		http_reply_add_str(reply, "Strict-Transport-Security", "max-age=31536000");
}
