// The signer's audit log: one JSON object a line, each with the SHA-256 of the line before it, so that nothing can be taken out or changed
// without all that follows telling. It is what an issuance is recovered from, and it is written before a certificate leaves the signer.
//
//   {"previous":"<64 hex digits>","time":"2026-05-04T03:02:01Z","kind":"issue", … ,"digest":"<64 hex digits>"}
//
// The first line's previous is 64 zeros. digest is of the line itself (role/audit/chain.h). Kinds: start (role/signer/start.c), issue (role/signer/record.h), crl, ocsp-responder; restore
// (backup/restore_note.c), which whoever restores a CA that is stopped puts there; and
// notes of the registrar: operator, revoke, block-key, account, eab, person (site/acts.h). A line without its line feed is one that a loss of power tore: it was never answered.
#pragma once
#include <jansson.h>

#include "base/clock.h"
#include "crypto/digest.h"

struct audit;
struct audit_check;
struct audit_search;
struct audit_sought;

// Creates the log where there is none (mode 0600). Holds the file to itself. A torn tail is cut off; *notice then says so, appended.
// XICA_ESIG: the last two lines do not fit one another. XICA_EAGAIN: another signer has it. XICA_EPARSE, XICA_EIO.
XICA_MUST_CHECK int audit_open(const char *path, struct audit **ret_audit, struct buf *notice);
void audit_close(struct audit *audit); // what was not committed is lost

// Adds one line to the batch. XICA_ERANGE: it is longer than a line may be. entry is taken over (also on failure); it must be an object; "previous", "time" and "kind" are put before its members.
XICA_MUST_CHECK int audit_add(struct audit *audit, const char *kind, json_t *entry, xica_time now);
// The same, of members that are JSON text already, on one line, with commas between them, and none of the three names among them.
XICA_MUST_CHECK int audit_add_members(struct audit *audit, const char *kind, struct view members, xica_time now);
// Writes the batch and waits until it is on the disk. XICA_EIO: none of it is in the log. XICA_ECLOSED: the log is in no known
// state, and nothing can be added any more.
XICA_MUST_CHECK int audit_commit(struct audit *audit);
bool audit_pending(const struct audit *audit);

// How long the log is with the batch, and the hash of its last line: what the database keeps, so that lines cut off at the end are missed.
struct audit_head {
	uint64_t size;
	char hash[2 * CRYPTO_SHA256_LEN + 1];
};
struct audit_head audit_head_of(const struct audit *audit);

// Has the certificate of a serial looked for (role/audit/search.h) in what is committed now; more may be added meanwhile. XICA_ECLOSED: nobody knows what the log holds.
// Else as audit_search_add.
XICA_MUST_CHECK int audit_look_for(const struct audit *audit, struct audit_search *search, const struct audit_sought *sought);

// The committed lines before this offset (beyond the end: the end), as many as most bytes hold but one at least, oldest first, appended. *ret_first: where
// they begin; 0: there are none before. XICA_EINVAL: no line ends there. XICA_ERANGE: a line beyond reason.
XICA_MUST_CHECK int audit_read_before(const struct audit *audit, uint64_t before, size_t most, struct buf *lines_out, uint64_t *ret_first);
// Begins a check of what is committed now (role/audit/chain.h); more may be added meanwhile.
void audit_begin_check(const struct audit *audit, struct audit_check *check);

// Reads a whole log and checks each line. *ret_lines counts the good ones before the first fault (XICA_ESIG, XICA_EPARSE) or the end.
XICA_MUST_CHECK int audit_verify(const char *path, uint64_t *ret_lines);
