// A path that finds a route is exactly its pattern with the segments put in: there is no second spelling.
#include <stdlib.h>

#include "http/router.h"

static const struct http_route ROUTES[] = {
	{HTTP_METHOD_GET, "/", NULL, 1},
	{HTTP_METHOD_GET, "/acme/directory", NULL, 2},
	{HTTP_METHOD_POST, "/acme/order/{}", NULL, 3},
	{HTTP_METHOD_POST, "/acme/order/{}/finalize", NULL, 4},
	{HTTP_METHOD_GET | HTTP_METHOD_POST, "/acme/challenge/{}/{}", NULL, 5},
	{HTTP_METHOD_GET, "/{}/{}/{}/{}", NULL, 6},
	{0},
};

static void put_together(const struct http_match *match, struct buf *out)
{
	struct view rest = view_str(match->route->pattern);
	for (size_t n = 0; rest.len;) {
		bool segment = view_starts(rest, VIEW_LIT("{}"));
		buf_add(out, segment ? match->segments[n++] : view_sub(rest, 0, 1));
		rest = view_sub(rest, segment ? 2 : 1, SIZE_MAX);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct view path = view_bytes(data, size);
	for (unsigned method = HTTP_METHOD_GET; method <= HTTP_METHOD_OTHER; method <<= 1) {
		struct http_match match;
		int error = http_router_find(ROUTES, (enum http_method)method, path, &match);
		cleanup_buf text = BUF_INIT;
		if (error == XICA_EDENIED && (match.allowed == 0 || match.allowed & method))
			abort();
		if (error)
			continue;
		put_together(&match, &text);
		if (method == HTTP_METHOD_OTHER || !view_equal(buf_view(&text), path))
			abort();
	}
	return 0;
}
