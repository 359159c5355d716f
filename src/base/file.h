// Whole files, read at once and replaced at once: after a loss of power there is the old content or the new one, never a part.
#pragma once
#include <sys/types.h>

#include "base/buf.h"

// Appends. XICA_ENOTFOUND, XICA_EDENIED, XICA_ERANGE (longer than max), XICA_EIO; errno stands.
XICA_MUST_CHECK int file_read(const char *path, size_t max, struct buf *out);
// Writes beside ("PATH.new"), syncs, renames over path and syncs the folder. The new file has this mode whatever the umask says.
XICA_MUST_CHECK int file_replace(const char *path, mode_t mode, struct view content);
// As file_replace; XICA_EEXIST where path exists already.
XICA_MUST_CHECK int file_create(const char *path, mode_t mode, struct view content);
// Makes the folder; that it exists already is fine. Its parent must exist.
XICA_MUST_CHECK int file_make_folder(const char *path, mode_t mode);
// Makes the name durable under which path stands in its folder.
XICA_MUST_CHECK int file_sync_folder(const char *path);
bool file_exists(const char *path);
// Writes all of content at the descriptor's position.
XICA_MUST_CHECK int file_write_all(int fd, struct view content);
