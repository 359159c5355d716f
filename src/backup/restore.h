// A CA put back from its backup (backup/make.h). Nothing of what is there is lost: the database in place is set aside, and of the two audit logs the longer one stays where it
// goes on from the other. What the log tells of since the backup is put into the database (backup/recover.h). The restore itself has a line in the log.
//
// Killed at any moment: before STATE/restore-under-way is written all is as before; from then on no xicad starts (role/parent), until the next restore has completed it.
#pragma once
#include "backup/recover.h"
#include "config/config.h"

struct restore_options {
	const struct config *config; // where things go
	const char *config_file;     // written where it is missing and the backup has one; NULL: there is none
	const char *dir;             // the backup, unpacked
	bool replace_log;            // the log in place is set aside though it isn't the backup's own
	xica_time now;
};

struct restored {
	struct backup_recovered recovered;
	struct buf aside;            // what was set aside: paths, a line each
	struct buf written;          // what was put in place, likewise
	bool log_kept;               // the log in place goes on from the backup's, and stays
};

// XICA_EEXIST: an xicad runs on this state folder. XICA_EDENIED: the log in place is another one. XICA_EPARSE: the backup is not whole. why says what, and what to do.
XICA_MUST_CHECK int backup_restore(const struct restore_options *options, struct restored *ret_restored, struct buf *why);
void restored_free(struct restored *restored);
