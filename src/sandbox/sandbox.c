#include "sandbox/sandbox.h"

#include <sys/prctl.h>

#include "sandbox/mechanism.h"

int sandbox_allow_path(struct sandbox *sandbox, const char *path, enum sandbox_access access)
{
	if (sandbox->path_count == SANDBOX_PATHS_MAX)
		return XICA_ERANGE;
	sandbox->paths[sandbox->path_count].path = path;
	sandbox->paths[sandbox->path_count].access = access;
	sandbox->path_count++;
	return XICA_OK;
}

static int forbid_new_privileges(void)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
		return XICA_EDENIED;
	return XICA_OK;
}

// The order matters: the uid while there is the privilege to change it, seccomp last since it forbids what the others need.
int sandbox_enter(const struct sandbox *sandbox, const char **ret_missing)
{
	int error = sandbox_become(sandbox->user);
	if (!error)
		error = sandbox_drop_capabilities();
	if (!error)
		error = forbid_new_privileges();
	if (!error)
		error = sandbox_set_limits(sandbox);
	if (!error)
		error = sandbox_restrict_paths(sandbox, ret_missing);
	if (!error)
		error = sandbox_filter_calls(sandbox);
	return error;
}
