// Folders removed, archives packed and unpacked, for backup/make.h and backup/restore.h.
#pragma once
#include "role/audit/chain.h"

void backup_remove_folder(const char *path); // with all that is in it, as far as that goes
// The hash of the line that ends at this offset of an audit log; of an empty one what the first line names.
XICA_MUST_CHECK int backup_log_hash(const char *path, uint64_t end, char ret_hex[AUDIT_HASH_HEX + 1]);
// By tar(1): all of folder into the new archive, on disk, by way of ARCHIVE.partial; and back, into the folder, which is there.
XICA_MUST_CHECK int backup_pack(const char *folder, const char *archive, struct buf *why);
XICA_MUST_CHECK int backup_unpack(const char *archive, const char *folder, struct buf *why);
