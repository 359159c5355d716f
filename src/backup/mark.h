// STATE/restore-under-way (CONFIG_RESTORE_MARK): a restore has begun to change things, and has not ended. It holds the suffix under which that restore sets things aside, so that
// one that was interrupted and the next, which completes it, keep a database and its write-ahead log together.
#pragma once
#include "base/buf.h"

// Makes the mark with this suffix (".before-restore-" and digits), on disk when this returns; *ret_made then, and where that failed, since it may be there. Where one is there already its suffix is taken instead. XICA_EIO,
// XICA_EDENIED, XICA_ENOMEM; errno stands.
XICA_MUST_CHECK int restore_mark_begin(const char *mark, struct buf *suffix, bool *ret_made);
XICA_MUST_CHECK int restore_mark_end(const char *mark);
// The name that path gets aside: one that is free, so that nothing is written over. XICA_EEXIST, XICA_ENOMEM.
XICA_MUST_CHECK int restore_name_aside(const char *path, const char *suffix, struct buf *ret_name);
