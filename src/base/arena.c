#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct arena_block {
	struct arena_block *next;
	size_t used;
	size_t cap;
	max_align_t data[];
};

// Most arenas stay small: their one block is of a size that malloc keeps at hand for a thread (1032 bytes at most in glibc).
enum { FIRST_SIZE = 1024 - sizeof(struct arena_block), BLOCK_SIZE = 4096 - sizeof(struct arena_block) };

void arena_free(struct arena *a)
{
	while (a->blocks) {
		struct arena_block *next = a->blocks->next;
		free(a->blocks);
		a->blocks = next;
	}
}

static struct arena_block *block_with_room(struct arena *a, size_t size)
{
	if (a->blocks && a->blocks->cap - a->blocks->used >= size)
		return a->blocks;
	size_t least = a->blocks ? BLOCK_SIZE : FIRST_SIZE, cap = size > least ? size : least;
	struct arena_block *block = malloc(sizeof(*block) + cap);
	if (!block)
		return NULL;
	*block = (struct arena_block){.next = a->blocks, .cap = cap};
	a->blocks = block;
	return block;
}

// As malloc gives it.
static void *take(struct arena *a, size_t size)
{
	if (size > SIZE_MAX / 2)
		return NULL;
	size = (size + sizeof(max_align_t) - 1) / sizeof(max_align_t) * sizeof(max_align_t);
	struct arena_block *block = block_with_room(a, size);
	if (!block)
		return NULL;
	void *at = (uint8_t *)block->data + block->used;
	block->used += size;
	return at;
}

void *arena_alloc(struct arena *a, size_t size)
{
	void *at = take(a, size);
	if (at && size)
		memset(at, 0, size);
	return at;
}

void *arena_array(struct arena *a, size_t count, size_t size)
{
	if (size && count > SIZE_MAX / size)
		return NULL;
	return arena_alloc(a, count * size);
}

char *arena_strdup(struct arena *a, struct view v)
{
	char *copy = v.len < SIZE_MAX ? take(a, v.len + 1) : NULL;
	if (!copy)
		return NULL;
	if (v.len)
		memcpy(copy, v.ptr, v.len);
	copy[v.len] = 0;
	return copy;
}

struct view arena_copy(struct arena *a, struct view v)
{
	char *copy = arena_strdup(a, v);
	return copy ? view_bytes(copy, v.len) : VIEW_NONE;
}

// Written where the block has room, at once; only a text that doesn't fit there is formatted twice.
char *arena_printf(struct arena *a, const char *format, ...)
{
	struct arena_block *block = a->blocks;
	size_t room = block ? block->cap - block->used : 0;
	char *here = room ? (char *)block->data + block->used : NULL;
	va_list args;
	va_start(args, format);
	int len = vsnprintf(here, room, format, args);
	va_end(args);
	if (len >= 0 && (size_t)len < room)
		return take(a, (size_t)len + 1);
	char *text = len < 0 ? NULL : take(a, (size_t)len + 1);
	if (!text)
		return NULL;
	va_start(args, format);
	(void)vsnprintf(text, (size_t)len + 1, format, args);
	va_end(args);
	return text;
}
