// Reading the audit log backwards, line by line: what is looked for is near its end.
#pragma once
#include "base/buf.h"

enum { AUDIT_LINE_MAX = 1 << 20 }; // bytes of a line; longer ones are none of ours

struct audit_cursor {
	int fd;
	uint64_t at; // the next line ends before this offset
};

XICA_MUST_CHECK int audit_read_at(int fd, uint64_t at, uint8_t *to, size_t len); // all of it, or XICA_EIO
// How much of the file is whole lines: up to and with the last line feed that has no zeros behind or among its last line.
XICA_MUST_CHECK int audit_whole_size(int fd, uint64_t size, uint64_t *ret_whole);
struct audit_cursor audit_cursor_at_end(int fd, uint64_t size); // size: of whole lines
// The line before the cursor, without its line feed; line is cleared first. XICA_ENOTFOUND: there is none. XICA_ERANGE: beyond reason.
XICA_MUST_CHECK int audit_line_before(struct audit_cursor *cursor, struct buf *line);
