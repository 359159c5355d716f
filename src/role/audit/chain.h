// The chain of hashes that holds the audit log together (role/audit/audit.h), and checking it, a stretch at a time: a log of years takes longer than a role's
// loop may be kept.
#pragma once
#include "base/buf.h"
#include "crypto/digest.h"

enum { AUDIT_HASH_HEX = 2 * CRYPTO_SHA256_LEN };

void audit_chain_first(char ret_hex[AUDIT_HASH_HEX + 1]); // what the first line names as its previous one
XICA_MUST_CHECK int audit_chain_hash(struct view line, char ret_hex[AUDIT_HASH_HEX + 1]); // line: without its line feed
// Does line name this hash as its previous one? XICA_ESIG: another. XICA_EPARSE: it is no line of an audit log.
XICA_MUST_CHECK int audit_chain_follows(struct view line, const char *hash);
// The line's own digest, its last member: the SHA-256 of all that stands before it. So the last line, which none follows, can't be changed unseen either.
// Takes a line without its last brace and completes it.
XICA_MUST_CHECK int audit_chain_seal(struct buf *line);
// XICA_ESIG: the line is not what its digest says. *ret_sealed: it has one (lines of xica 0.1 don't).
XICA_MUST_CHECK int audit_chain_is_sealed(struct view line, bool *ret_sealed);

struct audit_check {
	int fd;             // borrowed
	uint64_t at, end;   // what is left to be read
	uint64_t lines;     // good ones so far
	char hash[AUDIT_HASH_HEX + 1];
	bool sealed;        // a line had its own digest: all that follow have
	struct buf rest;    // the beginning of a line
};

void audit_check_begin(struct audit_check *check, int fd, uint64_t size); // the first size bytes of the file
// XICA_EAGAIN: good so far, and there is more. XICA_OK: all of it is good. XICA_ESIG, XICA_EPARSE: line number check->lines + 1 is wrong. XICA_EIO.
XICA_MUST_CHECK int audit_check_step(struct audit_check *check);
void audit_check_end(struct audit_check *check);
