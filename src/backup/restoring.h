// Inside the restore (restore.h) only: its steps, in their order. Each says in why what went wrong.
#pragma once
#include <jansson.h>

#include "backup/restore.h"

struct restoring {
	const struct restore_options *options;
	const struct config *config;
	json_t *manifest;
	int lock;
	struct buf mark;        // STATE/restore-under-way
	bool marked;            // it is there, by this restore
	struct buf suffix;      // ".before-restore-1777863721"; of a restore that was interrupted: its own
	struct buf database;    // the new one, beside the place of the old
	uint64_t log_size;      // of the backup's log
	uint64_t since;         // what of it the database may not have
	const char *log_hash;
	struct restored *done;
	struct buf *why;
};

// Says what it was about, where nothing was said yet; returns the error. XICA_EIO: errno says more.
XICA_MUST_CHECK int restoring_failed(struct restoring *r, const char *what, int error);
// The path of a file of the backup, in room; NULL: no memory.
const char *restoring_in_backup(struct restoring *r, struct buf *room, const char *path);
XICA_MUST_CHECK int restoring_make_folder_of(const char *file, mode_t mode);

// --- restore_check.c: what must be so before anything is changed
XICA_MUST_CHECK int restoring_lock_state(struct restoring *r);
XICA_MUST_CHECK int restoring_check_backup(struct restoring *r);
XICA_MUST_CHECK int restoring_look_at_log(struct restoring *r); // the log in place stays where it is the backup's and goes on

// --- restore_put.c: old things step aside, new ones take their places
XICA_MUST_CHECK int restoring_put_ca(struct restoring *r);   // what is missing, the index last
XICA_MUST_CHECK int restoring_put_rest(struct restoring *r); // what is missing
XICA_MUST_CHECK int restoring_switch_log(struct restoring *r);
XICA_MUST_CHECK int restoring_switch_database(struct restoring *r);

// --- restore_note.c: the line in the log that is in place now, and where the log ends then in the new database
XICA_MUST_CHECK int restoring_note(struct restoring *r);
