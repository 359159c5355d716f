#include "http/router.h"

static bool is_unreserved(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
}

// The segment at the start of path; empty when there is none that we take.
static struct view first_segment(struct view path)
{
	size_t len = 0;
	while (len < path.len && is_unreserved(path.ptr[len]))
		len++;
	struct view segment = view_sub(path, 0, len);
	if (len > HTTP_SEGMENT_LEN_MAX || view_equal_str(segment, ".") || view_equal_str(segment, ".."))
		return VIEW_NONE;
	return segment;
}

static bool matches(const char *pattern, struct view path, struct http_match *match)
{
	struct view rest = view_str(pattern);
	match->segment_count = 0;
	while (rest.len) {
		if (view_starts(rest, VIEW_LIT("{}"))) {
			struct view segment = first_segment(path);
			if (!segment.len || match->segment_count == HTTP_SEGMENTS_MAX)
				return false;
			match->segments[match->segment_count++] = segment;
			path = view_sub(path, segment.len, SIZE_MAX);
			rest = view_sub(rest, 2, SIZE_MAX);
		} else {
			if (!path.len || path.ptr[0] != rest.ptr[0])
				return false;
			path = view_sub(path, 1, SIZE_MAX);
			rest = view_sub(rest, 1, SIZE_MAX);
		}
	}
	return path.len == 0;
}

int http_router_find(const struct http_route *routes, enum http_method method, struct view path, struct http_match *ret_match)
{
	unsigned allowed = 0;
	for (const struct http_route *route = routes; route->pattern; route++) {
		struct http_match match = {.route = route};
		if (!matches(route->pattern, path, &match))
			continue;
		if (route->methods & method & ~(unsigned)HTTP_METHOD_OTHER) {
			*ret_match = match;
			return 0;
		}
		allowed |= route->methods;
	}
	if (!allowed)
		return XICA_ENOTFOUND;
	*ret_match = (struct http_match){.allowed = allowed};
	return XICA_EDENIED;
}

void http_router_add_allow(struct buf *out, unsigned methods)
{
	static const struct {
		enum http_method method;
		const char *name;
	} NAMES[] = {
		{HTTP_METHOD_GET, "GET"}, {HTTP_METHOD_HEAD, "HEAD"}, {HTTP_METHOD_POST, "POST"}, {HTTP_METHOD_PUT, "PUT"},
		{HTTP_METHOD_DELETE, "DELETE"}, {HTTP_METHOD_OPTIONS, "OPTIONS"}, {HTTP_METHOD_PATCH, "PATCH"},
	};
	const char *between = "";
	for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++)
		if (methods & NAMES[i].method) {
			buf_addf(out, "%s%s", between, NAMES[i].name);
			between = ", ";
		}
}
