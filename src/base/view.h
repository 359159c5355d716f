// Borrowed bytes: a pointer and a length. Owns nothing; valid as long as what it points into.
// Text in a view is not NUL-terminated.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct view {
	const uint8_t *ptr;
	size_t len;
};

#define VIEW_NONE ((struct view){NULL, 0})
// A string literal as a view.
#define VIEW_LIT(s) ((struct view){(const uint8_t *)(s), sizeof(s) - 1})
// For printf's %.*s
#define VIEW_FMT(v) (int)(v).len, (v).ptr ? (const char *)(v).ptr : ""

struct view view_str(const char *s);                   // NULL gives VIEW_NONE
struct view view_bytes(const void *ptr, size_t len);
struct view view_sub(struct view v, size_t from, size_t len); // clamped to v
bool view_equal(struct view a, struct view b);         // not constant time; secrets: crypto_equal
bool view_equal_str(struct view a, const char *s);
bool view_equal_nocase(struct view a, struct view b);  // ASCII letters only
bool view_starts(struct view v, struct view prefix);
bool view_ends(struct view v, struct view suffix);
int view_compare(struct view a, struct view b);        // bytewise, shorter first where one is the other's prefix; <0, 0, >0
// Index of the first byte c at or after from, or SIZE_MAX.
size_t view_index(struct view v, uint8_t c, size_t from);
