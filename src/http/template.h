// Pages with places to be filled in. Pure.
//
//	{{name}}       a variable, escaped for HTML
//	{{page.key}}   a text of the catalogue (a name with a dot), escaped
//	{{&page.key}}  the same as it is: for texts that hold markup of our own
//	{{>part}}      another file, filled in likewise
#pragma once
#include "base/buf.h"

enum { HTTP_TEMPLATE_DEPTH_MAX = 4 };

struct http_template { // each finds by name; VIEW_NONE: there is none
	struct view (*variable)(const void *context, struct view name);
	struct view (*text)(const void *context, struct view key);
	struct view (*part)(const void *context, struct view name);
	const void *context;
};

// Appends page, filled in. XICA_EPARSE: a place that nothing belongs to; *ret_wrong is its name (borrowed from page or the part). XICA_ERANGE: parts within
// parts, too deep.
XICA_MUST_CHECK int http_template_fill(struct view page, const struct http_template *with, struct buf *out, struct view *ret_wrong);
