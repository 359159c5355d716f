// The inspection of a CA: its audit log, line by line, against its database, row by row, and both against the certificates themselves.
//
//   log      each line follows from the one before it; the database knows of no end further on
//   issue    the certificate is its issuer's, breaks no rule of the linter, and its evidence bears every one of its names (inspect/evidence.h); one row in the
//            database is it, column by column (inspect/row.h); no serial comes twice
//   revoke   the row is revoked, for this reason at this time
//   database each issued row stands in the log, each revoked one in a line "revoke"; the index of names holds nothing else; CRLs are those that the log tells of, of the times that
//            their rows say; what is being issued has an order that waits for it
//   account  its key is its own, by a chain of changes that both keys signed
//   acts     what operators and others did that the log tells of (inspect/act.h) is so, and nothing else is: blocks, accounts that are suspended or closed, people who are
//            suspended or operators, exceptions from limits, calls to renew
//   order    one with a certificate is valid, names it, is named by it, was finalized with the request that the signer believed, and is for the names that it was made for; what it
//            replaces says so; none is gone before clean-up may remove it
//   receipt  of the account, for what its authorization is about, and sealed; a valid authorization has one
//
// That is all of it (INSPECT_ALL). INSPECT_ROWS leaves out what is costly, and needs neither the CA's folder nor the receipts' key: signatures of issuers, the linter,
// whether the evidence bears the names, and the seals of receipts. The database is held against the log just the same, column by column.
//
// The database may be in use: what is under way is looked at again at the end. Memory: two bits for each certificate, some 200 bytes for each thing that
// acts left (a blocked key, a suspended account), and one stretch of the log.
#pragma once
#include "config/ca_dir.h"
#include "config/config.h"
#include "inspect/finding.h"

struct inspect_progress {
	const char *what;    // "log", "database", "accounts", "orders", "authorizations"
	uint64_t done, all;  // bytes, rows
	uint64_t findings;
};

enum inspect_depth {
	INSPECT_ALL,
	INSPECT_ROWS
};

struct inspect_options {
	enum inspect_depth depth;
	const char *audit_log, *database;
	const struct ca_dir *ca;     // with INSPECT_ROWS: NULL, as ca_path and config
	const char *ca_path;         // its folder: certificates of retired issuers lie there still
	const struct config *config; // for its profiles; NULL: certificates are held against none
	struct view receipt_key;     // empty: it can't be read
	xica_time now;
	inspect_each *each;
	void (*progress)(const struct inspect_progress *progress, void *context); // may be NULL
	void *context;
};

struct inspect_summary {
	uint64_t lines, certificates, receipts, revocations, accounts, findings;
	uint64_t unsealed;        // certificates whose receipts could not be verified by the key, but by the chain alone
	uint64_t without_evidence; // issued before the log kept any
	uint64_t other_profile;   // not what their profile is today
	uint64_t under_way;       // signed, and not recorded yet
};

// 0 with the summary, whatever it found. Otherwise it could not look: why says it.
XICA_MUST_CHECK int inspect_run(const struct inspect_options *options, struct inspect_summary *ret_summary, struct buf *why);
