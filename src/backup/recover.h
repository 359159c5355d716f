// An older database is brought up to the end of the audit log: what was issued and revoked since the backup, with the accounts that asked for it and their newest keys; what
// operators and others did that the log tells of (backup/acts.h); and no number that was given since is given again. What leaves no trace in the log (orders under way, people on
// the site, accounts without a certificate) is lost with the database.
#pragma once
#include "backup/acts.h"

struct backup_recovered {
	uint64_t lines;          // read
	uint64_t certificates, revocations, accounts, keys; // put in
	uint64_t without_account; // certificates whose account could not be: its number is another's
	struct backup_acts acts;
};

// Reads the log from an offset where a line ends, with that line's hash; checks the chain from there. XICA_ESIG: it is broken; why says where.
XICA_MUST_CHECK int backup_recover(struct store *store, const char *audit_log, uint64_t from, const char *hash, struct backup_recovered *ret_recovered,
				   struct buf *why);
