// Cookies (RFC 6265): the header's value taken apart, and those that an answer sets.
#include "site/site_cookie.h"

#include <string.h>

// cookie-string = cookie-pair *( ";" SP cookie-pair ), RFC 6265 §4.2.1. A pair that is none is somebody else's trouble; one of ours that comes
// twice is nobody's: which of both the browser meant can't be known, and one may have been put there by a neighbour.
struct view site_cookie(const struct site_request *request, const char *name)
{
	struct view rest = request->cookie, found = VIEW_NONE;
	bool seen = false;
	while (rest.len) {
		size_t end = view_index(rest, ';', 0);
		struct view pair = view_sub(rest, 0, end);
		size_t equals = view_index(pair, '=', 0);
		if (equals != SIZE_MAX && view_equal_str(view_sub(pair, 0, equals), name)) {
			if (seen)
				return VIEW_NONE;
			seen = true;
			found = view_sub(pair, equals + 1, SIZE_MAX);
		}
		rest = end == SIZE_MAX ? VIEW_NONE : view_sub(rest, end + 1, SIZE_MAX);
		if (rest.len && rest.ptr[0] == ' ')
			rest = view_sub(rest, 1, SIZE_MAX);
	}
	return found;
}

static size_t cookie_place(const struct site_request *request, size_t from, struct view start)
{
	while (from < request->cookie_count && !view_starts(buf_view(&request->cookies[from]), start))
		from++;
	return from;
}

int site_set_cookie(struct site_request *request, const char *name, struct view value, xica_time seconds)
{
	const char *start = arena_printf(&request->arena, "%s=", name);
	if (!start)
		return XICA_ENOMEM;
	size_t i = cookie_place(request, request->cookies_kept, view_str(start)); // those before may have to stay, if this unit is undone
	if (i == SITE_COOKIES_MAX)
		return XICA_EINVAL;
	struct buf *cookie = &request->cookies[i];
	buf_clear(cookie);
	// Max-Age alone: RFC 6265 §4.1.2.2 has it win over Expires
	buf_addf(cookie, "%s%.*s; Max-Age=%lld; Path=/; Secure; HttpOnly; SameSite=Strict", start, VIEW_FMT(value), (long long)seconds);
	if (i == request->cookie_count)
		request->cookie_count++;
	return buf_error(cookie);
}

void site_cookies_keep(struct site_request *request)
{
	size_t kept = request->cookies_kept;
	for (size_t i = request->cookies_kept; i < request->cookie_count; i++) {
		struct view cookie = buf_view(&request->cookies[i]);
		struct view start = view_sub(cookie, 0, view_index(cookie, '=', 0) + 1);
		size_t older = 0;
		while (older < kept && !view_starts(buf_view(&request->cookies[older]), start))
			older++;
		struct buf swap = request->cookies[older];
		request->cookies[older] = request->cookies[i];
		request->cookies[i] = swap;
		kept += older == kept;
	}
	request->cookie_count = request->cookies_kept = kept;
}

void site_cookies_undo(struct site_request *request)
{
	request->cookie_count = request->cookies_kept;
}
