#include "role/audit_read.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>
#include <unistd.h>

#include "base/base64url.h"
#include "base/hex.h"

enum { BLOCK = 16384, LINE_MAX_LEN = 1 << 20 };

static int read_at(int fd, uint64_t at, uint8_t *to, size_t len)
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
		int error = read_at(fd, size - len, block, len);
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
	if (end - start > LINE_MAX_LEN)
		return XICA_ERANGE;
	uint8_t *room = buf_extend(line, (size_t)(end - start));
	if (!room)
		return XICA_ENOMEM;
	error = read_at(cursor->fd, start, room, (size_t)(end - start));
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

static bool is_older(const json_t *entry, xica_time since)
{
	xica_time time;
	return since && !clock_parse_rfc3339(view_str(json_string_value(json_object_get(entry, "time"))), &time) && time < since;
}

// XICA_EAGAIN: not this line.
static int match(struct view line, const char *serial, xica_time since, struct buf *certificate_out)
{
	json_t *entry = json_loadb((const char *)line.ptr, line.len, 0, NULL);
	const char *kind = json_string_value(json_object_get(entry, "kind"));
	const char *is = json_string_value(json_object_get(entry, "serial"));
	int error = XICA_EAGAIN;
	if (kind && is && !strcmp(kind, "issue") && !strcmp(is, serial))
		error = base64_decode(view_str(json_string_value(json_object_get(entry, "certificate"))), certificate_out);
	else if (!entry)
		error = XICA_EPARSE;
	else if (is_older(entry, since))
		error = XICA_ENOTFOUND;
	json_decref(entry);
	return error;
}

int audit_find_before(int fd, uint64_t size, struct view serial, xica_time since, struct buf *certificate_out)
{
	cleanup_buf hex = BUF_INIT, line = BUF_INIT;
	struct audit_cursor cursor = audit_cursor_at_end(fd, size);
	hex_encode(&hex, serial);
	if (!buf_cstr(&hex))
		return XICA_ENOMEM;
	for (;;) {
		int error = audit_line_before(&cursor, &line);
		if (!error && (since || memmem(line.ptr, line.len, hex.ptr, hex.len)))
			error = match(buf_view(&line), buf_cstr(&hex), since, certificate_out);
		else if (!error)
			error = XICA_EAGAIN;
		if (error != XICA_EAGAIN)
			return error;
	}
}
