// Memory for one piece of work (a request, a parse): many allocations, freed all at once.
#pragma once
#include "base/error.h"
#include "base/view.h"

struct arena {
	struct arena_block *blocks;
};

#define ARENA_INIT ((struct arena){NULL})
#define cleanup_arena [[gnu::cleanup(arena_free)]] struct arena

void arena_free(struct arena *a);
// Zeroed memory, aligned for anything; NULL when out of memory.
void *arena_alloc(struct arena *a, size_t size);
// Zeroed room for count elements; NULL also when count * size overflows.
void *arena_array(struct arena *a, size_t count, size_t size);
// A NUL-terminated copy; NULL when out of memory.
char *arena_strdup(struct arena *a, struct view v);
// A copy of the bytes. A failed copy has ptr NULL; an empty one has not.
struct view arena_copy(struct arena *a, struct view v);
[[gnu::format(printf, 2, 3)]] char *arena_printf(struct arena *a, const char *format, ...);
