// Programs of others: hooks, and the reload commands of servers. Never by a shell.
#pragma once
#include "client/trouble.h"

struct client_variable {
	const char *name, *value;
};

// Runs argv[0] (looked for in PATH where it has no slash) with standard input closed and standard output going to standard error; waits so many
// seconds, then kills it. variables are added to the environment; NULL: none; ends with a NULL name. what names it in the trouble: "--hook".
// XICA_EIO: it can't be run, ended otherwise than with 0, or took too long.
XICA_MUST_CHECK int client_program_run(const char *const *argv, const struct client_variable *variables, unsigned seconds, const char *what,
				       struct client_trouble *trouble);
