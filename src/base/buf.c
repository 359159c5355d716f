#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_CAP = 256 }; // most are some hundred bytes in the end: seldom is one moved

void buf_free(struct buf *b)
{
	free(b->ptr);
	*b = BUF_INIT;
}

void buf_wipe(struct buf *b)
{
	if (b->ptr)
		explicit_bzero(b->ptr, b->cap);
	buf_free(b);
}

void buf_clear(struct buf *b)
{
	b->len = 0;
	b->failed = false;
}

// Room for len more bytes and a NUL. Moves by copy and wipe rather than realloc, so that a secret that grew leaves no trace.
static bool reserve(struct buf *b, size_t len)
{
	if (b->failed || len > SIZE_MAX / 4 - b->len) {
		b->failed = true;
		return false;
	}
	if (b->len + len + 1 <= b->cap)
		return true;
	size_t cap = b->cap ? b->cap : FIRST_CAP;
	while (cap < b->len + len + 1)
		cap *= 2;
	uint8_t *fresh = malloc(cap);
	if (!fresh) {
		b->failed = true;
		return false;
	}
	if (b->ptr) {
		memcpy(fresh, b->ptr, b->len);
		explicit_bzero(b->ptr, b->cap);
		free(b->ptr);
	}
	b->ptr = fresh;
	b->cap = cap;
	return true;
}

uint8_t *buf_extend(struct buf *b, size_t len)
{
	if (!reserve(b, len))
		return NULL;
	uint8_t *at = b->ptr + b->len;
	b->len += len;
	return at;
}

void buf_add(struct buf *b, struct view v)
{
	if (!v.len)
		return;
	uint8_t *at = buf_extend(b, v.len);
	if (at)
		memcpy(at, v.ptr, v.len);
}

void buf_add_str(struct buf *b, const char *s)
{
	buf_add(b, view_str(s));
}

void buf_add_byte(struct buf *b, uint8_t c)
{
	buf_add(b, view_bytes(&c, 1));
}

static void add_big_endian(struct buf *b, uint64_t v, size_t len)
{
	uint8_t *at = buf_extend(b, len);
	for (size_t i = 0; at && i < len; i++)
		at[i] = (uint8_t)(v >> (8 * (len - 1 - i)));
}

void buf_add_u16(struct buf *b, uint16_t v)
{
	add_big_endian(b, v, 2);
}

void buf_add_u32(struct buf *b, uint32_t v)
{
	add_big_endian(b, v, 4);
}

void buf_add_u64(struct buf *b, uint64_t v)
{
	add_big_endian(b, v, 8);
}

// Written into the room that there is; only a text that doesn't fit is formatted twice.
void buf_addf(struct buf *b, const char *format, ...)
{
	size_t room = b->failed ? 0 : b->cap - b->len;
	va_list args;
	va_start(args, format);
	int len = vsnprintf(room ? (char *)b->ptr + b->len : NULL, room, format, args);
	va_end(args);
	if (len < 0 || ((size_t)len >= room && !reserve(b, (size_t)len))) {
		b->failed = true;
		return;
	}
	if ((size_t)len >= room) {
		va_start(args, format);
		(void)vsnprintf((char *)b->ptr + b->len, (size_t)len + 1, format, args);
		va_end(args);
	}
	b->len += (size_t)len;
}

void buf_truncate(struct buf *b, size_t len)
{
	if (len < b->len)
		b->len = len;
}

int buf_error(const struct buf *b)
{
	return b->failed ? XICA_ENOMEM : XICA_OK;
}

struct view buf_view(const struct buf *b)
{
	return view_bytes(b->ptr, b->len);
}

const char *buf_cstr(struct buf *b)
{
	if (!reserve(b, 0))
		return NULL;
	b->ptr[b->len] = 0;
	return (const char *)b->ptr;
}
