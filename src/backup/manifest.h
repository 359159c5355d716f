// What a backup is made of: DIR/MANIFEST.json names every file with its length and SHA-256, and says where the audit log ended: in the
// backup, and (since) before the database was copied.
//
//   {"xica": "0.2", "format": 1, "made": time, "keys": false, "audit": {"lines", "size", "hash", "since"}, "files": [{"path", "size", "sha256"}, …]}
//
// A path is below the backup's folder, and never leads out of it:
//   database.sqlite  audit.log  xicad.conf  blocked-keys  ca/ca.json  ca/certificates/…  and with keys: ca/keys/…  receipt.key
#pragma once
#include <jansson.h>

#include "base/clock.h"

#define BACKUP_MANIFEST "MANIFEST.json"
#define BACKUP_DATABASE "database.sqlite"
#define BACKUP_AUDIT_LOG "audit.log"
#define BACKUP_CONFIG "xicad.conf"
#define BACKUP_BLOCKED_KEYS "blocked-keys"
#define BACKUP_RECEIPT_KEY "receipt.key"

// Length and SHA-256 (hexadecimal, appended) of a regular file. XICA_EIO, XICA_ENOTFOUND.
XICA_MUST_CHECK int backup_measure(const char *path, uint64_t *ret_size, struct buf *sha256_out);
// Adds dir/path to the list "files".
XICA_MUST_CHECK int backup_manifest_add(json_t *manifest, const char *dir, const char *path);
// The text alone: every path stays below the backup's folder, database and log are there, and the log's end fits. XICA_EPARSE: why says what is wrong. *ret_manifest: the
// caller's reference.
XICA_MUST_CHECK int backup_manifest_parse(struct view text, json_t **ret_manifest, struct buf *why);
// Reads it, and holds every file against it. XICA_EPARSE, XICA_ENOTFOUND: why says which is missing or changed. *ret_manifest: the caller's reference.
XICA_MUST_CHECK int backup_manifest_check(const char *dir, json_t **ret_manifest, struct buf *why);
bool backup_has(const json_t *manifest, const char *path);
// Copies a regular file to a new one (mode 0600, on disk). most: only so many bytes; UINT64_MAX: all. XICA_EEXIST, XICA_ENOTFOUND, XICA_EIO; errno stands.
XICA_MUST_CHECK int backup_copy_file(const char *from, const char *to, uint64_t most);
