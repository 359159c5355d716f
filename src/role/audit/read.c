#include "role/audit/read.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>
#include <unistd.h>

#include "base/base64url.h"
#include "base/hex.h"

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

// --- looking for a certificate

// A stretch of whole lines, read at once: the search goes back over the log stretch by stretch.
struct stretch {
	struct buf bytes;
	uint64_t from; // its offset
};

// The whole lines before end, as many as fit. XICA_ERANGE: a line beyond reason.
static int read_stretch(int fd, uint64_t end, struct stretch *stretch)
{
	size_t len = end < AUDIT_LINE_MAX ? (size_t)end : AUDIT_LINE_MAX;
	buf_clear(&stretch->bytes);
	uint8_t *room = buf_extend(&stretch->bytes, len);
	if (!room)
		return XICA_ENOMEM;
	int error = audit_read_at(fd, end - len, room, len);
	stretch->from = end - len;
	if (error || stretch->from == 0)
		return error;
	size_t first = view_index(buf_view(&stretch->bytes), '\n', 0) + 1; // what stands before is the end of an earlier line
	if (first == 0 || first == len)
		return XICA_ERANGE;
	memmove(room, room + first, len - first);
	buf_truncate(&stretch->bytes, len - first);
	stretch->from += first;
	return XICA_OK;
}

static struct view line_around(struct view lines, size_t at)
{
	size_t start = at, end = view_index(lines, '\n', at);
	while (start && lines.ptr[start - 1] != '\n')
		start--;
	return view_sub(lines, start, end - start);
}

// XICA_EAGAIN: not this line.
static int match(struct view line, const char *serial, struct buf *certificate_out)
{
	json_t *entry = json_loadb((const char *)line.ptr, line.len, 0, NULL);
	const char *kind = json_string_value(json_object_get(entry, "kind"));
	const char *is = json_string_value(json_object_get(entry, "serial"));
	int error = XICA_EAGAIN;
	if (kind && is && !strcmp(kind, "issue") && !strcmp(is, serial))
		error = base64_decode(view_str(json_string_value(json_object_get(entry, "certificate"))), certificate_out);
	json_decref(entry);
	return error;
}

static int search(struct view lines, struct buf *serial, struct buf *certificate_out)
{
	for (size_t at = 0; at < lines.len;) {
		const uint8_t *hit = memmem(lines.ptr + at, lines.len - at, serial->ptr, serial->len);
		if (!hit)
			break;
		int error = match(line_around(lines, (size_t)(hit - lines.ptr)), buf_cstr(serial), certificate_out);
		if (error != XICA_EAGAIN)
			return error;
		at = (size_t)(hit - lines.ptr) + serial->len;
	}
	return XICA_EAGAIN;
}

static bool is_older(struct view line, xica_time since)
{
	xica_time time;
	json_t *entry = since ? json_loadb((const char *)line.ptr, line.len, 0, NULL) : NULL;
	bool older = entry && !clock_parse_rfc3339(view_str(json_string_value(json_object_get(entry, "time"))), &time) && time < since;
	json_decref(entry);
	return older;
}

int audit_find_before(int fd, uint64_t size, struct view serial, xica_time since, struct buf *certificate_out)
{
	cleanup_buf hex = BUF_INIT;
	struct stretch stretch = {BUF_INIT, size};
	hex_encode(&hex, serial);
	int error = buf_cstr(&hex) ? XICA_EAGAIN : XICA_ENOMEM;
	while (error == XICA_EAGAIN && stretch.from) {
		error = read_stretch(fd, stretch.from, &stretch);
		if (!error)
			error = search(buf_view(&stretch.bytes), &hex, certificate_out);
		if (error == XICA_EAGAIN && is_older(line_around(buf_view(&stretch.bytes), 0), since))
			error = XICA_ENOTFOUND;
	}
	buf_free(&stretch.bytes);
	return error == XICA_EAGAIN ? XICA_ENOTFOUND : error;
}
