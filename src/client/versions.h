// A folder of numbered versions of the same few files, one of which is the current one: FOLDER/1/, FOLDER/2/ …, and the symbolic link FOLDER/current.
//
// A version is written whole and made durable before it is pointed at, and the link is replaced in one step: whoever reads through it sees the files of
// one version, the old or the new one, whatever dies when.
#pragma once
#include <sys/types.h>

#include "client/trouble.h"

enum { CLIENT_VERSIONS_KEPT = 3 };

struct client_file {
	const char *name;
	mode_t mode;
	struct view content;
};

struct client_owner {
	uid_t uid; // (uid_t)-1: as they come
	gid_t gid;
	mode_t folder_mode;
};

// Makes the folder where it is missing. The new version is durable, and not yet current. XICA_EIO and the like, told.
XICA_MUST_CHECK int client_versions_add(const char *folder, const struct client_file *files, size_t count, const struct client_owner *owner,
					unsigned *ret_number, struct client_trouble *trouble);
// Makes this one the current one. 0: none is.
XICA_MUST_CHECK int client_versions_use(const char *folder, unsigned number, struct client_trouble *trouble);
unsigned client_versions_current(const char *folder); // 0: there is none
unsigned client_versions_newest(const char *folder);  // 0: there is none
// Deletes all but the newest three, the current one, and what a crash left behind.
void client_versions_prune(const char *folder);
void client_versions_remove(const char *folder); // all of them, and the folder
