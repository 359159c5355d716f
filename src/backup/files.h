// Folders removed, archives packed and unpacked, for backup/make.h and backup/restore.h.
#pragma once
#include "role/audit/chain.h"

void backup_remove_folder(const char *path); // with all that is in it, as far as that goes
// A folder of mode 0700 for what isn't whole yet, held by this process as long as *ret_lock is open. One that a killed process left is removed first.
// XICA_EEXIST: another process has it, or it isn't one of ours. XICA_EIO; errno stands.
XICA_MUST_CHECK int backup_work_folder(const char *path, int *ret_lock);
XICA_MUST_CHECK int backup_drop_left(const char *path); // only the removing; that there is none is fine
// The hash of the line that ends at this offset of an audit log; of an empty one what the first line names.
XICA_MUST_CHECK int backup_log_hash(const char *path, uint64_t end, char ret_hex[AUDIT_HASH_HEX + 1]);
// By tar(1): all of folder into the new archive, on disk, by way of ARCHIVE.partial; and back, into the folder, which is there.
XICA_MUST_CHECK int backup_pack(const char *folder, const char *archive, struct buf *why);
XICA_MUST_CHECK int backup_unpack(const char *archive, const char *folder, struct buf *why);
