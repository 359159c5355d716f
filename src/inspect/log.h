// Reads an audit log from one offset to another, line by line, in bounded memory; says where the chain of hashes breaks, and goes on behind it.
#pragma once
#include <jansson.h>

#include "inspect/finding.h"
#include "role/audit/chain.h"

struct inspect_log {
	int fd;                   // borrowed
	uint64_t at, lines;       // read so far: bytes of whole lines, lines
	char hash[AUDIT_HASH_HEX + 1]; // of the last line
	bool sealed;              // a line had its own digest
	bool at_head;             // the line that ends at head_size had head_hash
	uint64_t head_size;       // what the database knows of the log's end; 0: nothing
	char head_hash[AUDIT_HASH_HEX + 1];
	struct inspect_subject *subject;
};

// line is borrowed. Anything but 0 ends the reading, which returns it.
typedef int inspect_log_line(const json_t *line, void *context);

void inspect_log_begin(struct inspect_log *log, int fd, struct inspect_subject *subject);
// Reads on, to end at most (an offset behind a line). XICA_EAGAIN: a stretch is read, and there is more. XICA_OK: nothing is left. Bytes behind the last line feed are left.
XICA_MUST_CHECK int inspect_log_step(struct inspect_log *log, uint64_t end, inspect_log_line *each, void *context);
