// A growing byte buffer with one owner. Once an append fails the buffer is marked and stays so: a writer may append
// many pieces and ask once at the end (buf_error). Zero-initialised (BUF_INIT) is an empty buffer.
#pragma once
#include "base/error.h"
#include "base/view.h"

struct buf {
	uint8_t *ptr;
	size_t len;
	size_t cap;
	bool failed; // an append ran out of memory; content is not to be used
};

#define BUF_INIT ((struct buf){NULL, 0, 0, false})
#define cleanup_buf [[gnu::cleanup(buf_free)]] struct buf

void buf_free(struct buf *b);        // frees and re-initialises
void buf_wipe(struct buf *b);        // as buf_free, and overwrites what it held: for secrets
void buf_clear(struct buf *b);       // length 0, keeps the memory
void buf_add(struct buf *b, struct view v);
void buf_add_str(struct buf *b, const char *s);
void buf_add_byte(struct buf *b, uint8_t c);
void buf_add_u16(struct buf *b, uint16_t v); // big-endian, as all of these
void buf_add_u32(struct buf *b, uint32_t v);
void buf_add_u64(struct buf *b, uint64_t v);
[[gnu::format(printf, 2, 3)]] void buf_addf(struct buf *b, const char *format, ...);
// len fresh bytes at the end to write into, or NULL (buffer marked failed). Valid until the next append.
uint8_t *buf_extend(struct buf *b, size_t len);
void buf_truncate(struct buf *b, size_t len);
XICA_MUST_CHECK int buf_error(const struct buf *b);  // 0 or XICA_ENOMEM
struct view buf_view(const struct buf *b);           // borrowed until the next append or free
// The content as a NUL-terminated string (the NUL is not counted), borrowed; NULL when failed.
const char *buf_cstr(struct buf *b);
