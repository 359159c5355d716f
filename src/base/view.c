#include "base/view.h"

#include <string.h>

struct view view_str(const char *s)
{
	return s ? view_bytes(s, strlen(s)) : VIEW_NONE;
}

struct view view_bytes(const void *ptr, size_t len)
{
	return (struct view){ptr, len};
}

struct view view_sub(struct view v, size_t from, size_t len)
{
	if (from > v.len)
		from = v.len;
	if (len > v.len - from)
		len = v.len - from;
	return len ? view_bytes(v.ptr + from, len) : VIEW_NONE;
}

bool view_equal(struct view a, struct view b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

bool view_equal_str(struct view a, const char *s)
{
	return view_equal(a, view_str(s));
}

static uint8_t lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

bool view_equal_nocase(struct view a, struct view b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (lower(a.ptr[i]) != lower(b.ptr[i]))
			return false;
	return true;
}

bool view_starts(struct view v, struct view prefix)
{
	return v.len >= prefix.len && view_equal(view_sub(v, 0, prefix.len), prefix);
}

bool view_ends(struct view v, struct view suffix)
{
	return v.len >= suffix.len && view_equal(view_sub(v, v.len - suffix.len, suffix.len), suffix);
}

int view_compare(struct view a, struct view b)
{
	size_t len = a.len < b.len ? a.len : b.len;
	int order = len ? memcmp(a.ptr, b.ptr, len) : 0;
	if (order)
		return order;
	return (a.len > b.len) - (a.len < b.len);
}

size_t view_index(struct view v, uint8_t c, size_t from)
{
	if (from >= v.len)
		return SIZE_MAX;
	const uint8_t *hit = memchr(v.ptr + from, c, v.len - from);
	return hit ? (size_t)(hit - v.ptr) : SIZE_MAX;
}
