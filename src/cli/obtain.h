// What xica get and xica renew share: progress, the answer, many lineages.
#pragma once
#include "client/get.h"

struct obtain {
	const char *command;               // "get", for messages
	struct client_get_options options;
	bool json;
	struct client_tell tell;
	json_t *certificates;              // one object a lineage
	json_t *error;                     // what concerns none of them; NULL: nothing
	char *config_dir;
	unsigned failed, issued, kept;
};

// Where progress goes: lines on standard output on a terminal or without --json; nothing with --json.
// config_dir becomes an absolute path, and is made where it is missing. XICA_EIO and the like: told, as obtain_failed does.
XICA_MUST_CHECK int obtain_open(struct obtain *obtain, const char *command, bool json);
// One lineage: gets it, says what came of it.
void obtain_one(struct obtain *obtain, struct client_lineage *lineage);
// One that could not even be read: why is in trouble.
void obtain_failed(struct obtain *obtain, const char *name, struct client_trouble *trouble);
// Prints the JSON where it is asked for; returns enum cli_exit.
int obtain_close(struct obtain *obtain);
// The folders below config_dir/certificates that have settings, sorted; *ret_count of them. The list and its texts: in arena.
XICA_MUST_CHECK int obtain_lineages(const char *config_dir, struct arena *arena, const char ***ret_names, size_t *ret_count);
