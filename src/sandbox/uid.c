#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sandbox/mechanism.h"

static bool is_already(uid_t uid)
{
	uid_t real, effective, saved;
	return getresuid(&real, &effective, &saved) == 0 && real == uid && effective == uid && saved == uid;
}

int sandbox_become(const char *user)
{
	if (!user)
		return XICA_OK;
	errno = 0;
	const struct passwd *entry = getpwnam(user);
	if (!entry)
		return errno ? XICA_EIO : XICA_ENOTFOUND;
	uid_t uid = entry->pw_uid;
	gid_t gid = entry->pw_gid;
	if (is_already(uid))
		return XICA_OK;
	if (setgroups(1, &gid) || setresgid(gid, gid, gid) || setresuid(uid, uid, uid))
		return XICA_EDENIED;
	// what was root must not be able to become it again
	return uid != 0 && setuid(0) == 0 ? XICA_EDENIED : XICA_OK;
}

// From the bounding set too, so that not even an executed file could bring one back. Its last number is the kernel's to know: it ends the loop.
static void empty_bounding_set(void)
{
	for (unsigned long capability = 0; prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0; capability++)
		;
}

int sandbox_drop_capabilities(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	const struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {0};
	empty_bounding_set();
	(void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	return syscall(SYS_capset, &header, none) ? XICA_EDENIED : XICA_OK;
}
