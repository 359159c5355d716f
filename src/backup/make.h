// A backup of a CA that may be running: a folder of files (backup/manifest.h) that are of one moment. The database first, then the audit log, which is written before it:
// so the log holds all that the database does.
#pragma once
#include <jansson.h>

#include "config/config.h"

struct backup_options {
	const struct config *config;
	const char *config_file; // NULL: there is none (xicad --dev)
	bool with_keys;          // the issuers' keys, the root's where it lies in the CA's folder, and the receipts' key
	xica_time now;
};

// Makes dir, which must not be there, by way of DIR.partial; on disk when this returns. *ret_manifest: the caller's reference. On failure nothing stays, and why says what
// happened.
XICA_MUST_CHECK int backup_make(const struct backup_options *options, const char *dir, json_t **ret_manifest, struct buf *why);
