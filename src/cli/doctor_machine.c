// The machine that a CA stands on: clock, disk, kernel, files.
#include <errno.h>
#include <linux/landlock.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <unistd.h>

#include "base/file.h"
#include "cli/doctor.h"

static const double GIB = 1024.0 * 1024 * 1024;

// Who synchronizes the clock (systemd-timesyncd, chrony, ntpd) tells the kernel how far off it may be; the kernel lets that grow by half a millisecond a second until it is told
// anew, and takes the clock for unsynchronized at 16 seconds. So no time server is asked here, and what asks them is seen nevertheless.
static void check_clock(struct doctor *doctor)
{
	static const char ADVICE[] = "run systemd-timesyncd, chrony or ntpd: certificates, receipts and revocation lists rest on the time";
	struct timex state = {0};
	int answer = adjtimex(&state);
	double off = (double)state.maxerror / 1e6;
	if (doctor->ca && doctor->now < doctor->ca->issuers[0].not_before)
		doctor_say(doctor, DOCTOR_FAILURE, "clock", "set the clock", "the clock is before the beginning of the issuer's certificate");
	else if (answer < 0)
		doctor_say(doctor, DOCTOR_WARNING, "clock", ADVICE, "the kernel does not say whether it is synchronized: %s", strerror(errno));
	else if (answer == TIME_ERROR || (state.status & STA_UNSYNC))
		doctor_say(doctor, DOCTOR_WARNING, "clock", ADVICE, "the kernel says that nobody synchronizes the clock");
	else if (off > DOCTOR_CLOCK_SLACK)
		doctor_say(doctor, DOCTOR_WARNING, "clock", "does its time server answer? 'timedatectl timesync-status', 'chronyc tracking'",
			   "it was synchronized long ago: it may be %.1f s off", off);
	else
		doctor_say(doctor, DOCTOR_OK, "clock", NULL, "it is synchronized, and %.3f s off at most", off);
}

static void check_disk(struct doctor *doctor, const char *path)
{
	struct statvfs is;
	if (statvfs(path, &is)) {
		doctor_say(doctor, DOCTOR_FAILURE, "disk", NULL, "%s: %s", path, strerror(errno));
		return;
	}
	double left = (double)is.f_bavail * (double)is.f_frsize / GIB, all = (double)is.f_blocks * (double)is.f_frsize / GIB;
	enum doctor_level level = left < 0.2 || is.f_favail == 0 ? DOCTOR_FAILURE : left < 2 || left < all / 20 ? DOCTOR_WARNING : DOCTOR_OK;
	doctor_say(doctor, level, "disk", "make room: nothing is issued or revoked when the database or the audit log can't grow (about 6 KB a certificate)",
		   "%s: %.1f of %.1f GiB are free", path, left, all);
}

static void check_kernel(struct doctor *doctor)
{
	long landlock = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	if (landlock > 0)
		doctor_say(doctor, DOCTOR_OK, "landlock", NULL, "version %ld", landlock);
	else
		doctor_say(doctor, DOCTOR_WARNING, "landlock", "put landlock into lsm= of the kernel's command line (Linux 5.13 or newer)",
			   "the kernel has none: roles are kept from files by their users and seccomp alone");
	if (file_exists("/proc/sys/kernel/seccomp/actions_avail"))
		doctor_say(doctor, DOCTOR_OK, "seccomp", NULL, "the kernel has it");
	else
		doctor_say(doctor, DOCTOR_FAILURE, "seccomp", "use a kernel with CONFIG_SECCOMP_FILTER: xicad does not start without", "the kernel has none");
}

// --- files

static const char *name_of(uid_t uid)
{
	const struct passwd *entry = getpwuid(uid);
	return entry ? entry->pw_name : "?";
}

// forbidden: bits of the mode. user: whose it must be where xicad was started as root; NULL: root's.
static void check_file(struct doctor *doctor, const char *path, mode_t forbidden, const char *user, bool needed)
{
	struct stat is;
	if (!path)
		return;
	if (lstat(path, &is)) {
		if (needed || errno != ENOENT)
			doctor_say(doctor, DOCTOR_FAILURE, "files", errno == ENOENT ? "start xicad once, or 'xica restore'" : "run this as root", "%s: %s", path, strerror(errno));
		return;
	}
	if (is.st_mode & forbidden)
		doctor_say(doctor, DOCTOR_FAILURE, "files", "take the rights of others away: chmod go-rwx", "%s may be read or changed by others (mode %03o)", path,
			   (unsigned)is.st_mode & 0777);
	else if (!doctor->config->dev && user && geteuid() == 0 && strcmp(name_of(is.st_uid), user) != 0)
		doctor_say(doctor, DOCTOR_FAILURE, "files", "start xicad again: it gives its files to its users; else chown", "%s belongs to %s, and should to %s", path,
			   name_of(is.st_uid), user);
	else
		doctor_say(doctor, DOCTOR_OK, "files", NULL, "%s is %s's, and nobody else may %s it (mode %03o)", path, name_of(is.st_uid),
			   forbidden & 044 ? "read or change" : "change", (unsigned)is.st_mode & 0777);
}

static void check_files(struct doctor *doctor)
{
	const struct config *config = doctor->config;
	cleanup_buf keys = BUF_INIT;
	buf_addf(&keys, "%s/keys", config->ca_dir);
	check_file(doctor, config->state_dir, 022, NULL, true);
	check_file(doctor, buf_cstr(&keys), 077, NULL, true);
	check_file(doctor, config->receipt_key, 077, NULL, true);
	check_file(doctor, config->audit_log, 077, config->user_signer, true);
	check_file(doctor, config->database, 077, config->user_registrar, true);
	check_file(doctor, config->tls_key, 077, NULL, true);
	check_file(doctor, config->mail_password_file, 077, NULL, true);
}

void doctor_machine(struct doctor *doctor)
{
	check_clock(doctor);
	check_disk(doctor, doctor->config->state_dir);
	check_kernel(doctor);
	check_files(doctor);
}
