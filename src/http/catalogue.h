// The texts of the pages in one language: a JSON object of texts. Pure.
#pragma once
#include "base/arena.h"

struct http_catalogue {
	struct http_catalogue_text {
		struct view key, text;
	} *list; // sorted by key
	size_t count;
};

// Everything lives in arena. XICA_EPARSE: not such an object.
XICA_MUST_CHECK int http_catalogue_read(struct view json, struct arena *arena, struct http_catalogue *ret_catalogue);
struct view http_catalogue_find(const struct http_catalogue *catalogue, struct view key); // VIEW_NONE: there is none
