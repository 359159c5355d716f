#include <sys/resource.h>
#include <unistd.h>

#include "sandbox/mechanism.h"

// The address sanitizer's own memory is beyond any limit.
#ifdef __SANITIZE_ADDRESS__
enum { SHADOW_MEMORY = true };
#else
enum { SHADOW_MEMORY = false };
#endif

// Both limits, never above what is allowed already.
static int limit(int resource, rlim_t value)
{
	struct rlimit now;
	if (getrlimit((__rlimit_resource_t)resource, &now))
		return XICA_EDENIED;
	if (now.rlim_max != RLIM_INFINITY && (value == RLIM_INFINITY || value > now.rlim_max))
		value = now.rlim_max;
	const struct rlimit fresh = {value, value};
	return setrlimit((__rlimit_resource_t)resource, &fresh) ? XICA_EDENIED : XICA_OK;
}

int sandbox_set_limits(const struct sandbox *sandbox)
{
	int error = limit(RLIMIT_CORE, 0); // keys would be in it
	if (!error && !(sandbox->rights & SANDBOX_THREADS))
		error = limit(RLIMIT_NPROC, 0);
	if (!error && sandbox->memory_max && !SHADOW_MEMORY)
		error = limit(RLIMIT_DATA, sandbox->memory_max);
	if (!error && sandbox->files_max)
		error = limit(RLIMIT_NOFILE, sandbox->files_max);
	return error;
}

unsigned sandbox_raise_files(unsigned wanted)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit))
		return 0;
	if (limit.rlim_cur < wanted) {
		limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
		if (setrlimit(RLIMIT_NOFILE, &limit))
			(void)getrlimit(RLIMIT_NOFILE, &limit);
	}
	return limit.rlim_cur < wanted ? (unsigned)limit.rlim_cur : wanted;
}
