#include "role/audit/read.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK = 4096 };

int audit_read_at(int fd, uint64_t at, uint8_t *to, size_t len)
{
	while (len) {
		ssize_t got = pread(fd, to, len, (off_t)at);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return XICA_EIO;
		to += got;
		at += (uint64_t)got;
		len -= (size_t)got;
	}
	return XICA_OK;
}

// The offset just behind the last line feed in the first size bytes; 0: there is none.
static int line_start(int fd, uint64_t size, uint64_t *ret_start)
{
	uint8_t block[BLOCK];
	while (size) {
		size_t len = size < BLOCK ? (size_t)size : BLOCK;
		int error = audit_read_at(fd, size - len, block, len);
		if (error)
			return error;
		const uint8_t *hit = memrchr(block, '\n', len);
		if (hit) {
			*ret_start = size - len + (size_t)(hit - block) + 1;
			return XICA_OK;
		}
		size -= len;
	}
	*ret_start = 0;
	return XICA_OK;
}

struct audit_cursor audit_cursor_at_end(int fd, uint64_t size)
{
	return (struct audit_cursor){fd, size};
}

int audit_line_before(struct audit_cursor *cursor, struct buf *line)
{
	uint64_t start;
	buf_clear(line);
	if (cursor->at == 0)
		return XICA_ENOTFOUND;
	uint64_t end = cursor->at - 1; // its line feed
	int error = line_start(cursor->fd, end, &start);
	if (error)
		return error;
	if (end - start > AUDIT_LINE_MAX)
		return XICA_ERANGE;
	uint8_t *room = buf_extend(line, (size_t)(end - start));
	if (!room)
		return XICA_ENOMEM;
	error = audit_read_at(cursor->fd, start, room, (size_t)(end - start));
	if (!error)
		cursor->at = start;
	return error;
}

int audit_whole_size(int fd, uint64_t size, uint64_t *ret_whole)
{
	cleanup_buf line = BUF_INIT;
	for (;;) {
		int error = line_start(fd, size, &size); // drops what stands behind the last line feed
		if (error)
			return error;
		struct audit_cursor cursor = audit_cursor_at_end(fd, size);
		error = audit_line_before(&cursor, &line);
		if (error && error != XICA_ENOTFOUND)
			return error;
		if (error || !line.len || !memchr(line.ptr, 0, line.len)) {
			*ret_whole = size;
			return XICA_OK;
		}
		size = cursor.at;
	}
}
