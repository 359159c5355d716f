#include "backup/files.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "role/audit/read.h"

extern char **environ;

enum { FILES_OPEN = 16 };

static int remove_one(const char *path, const struct stat *is, int type, struct FTW *where)
{
	(void)is, (void)type, (void)where;
	(void)remove(path);
	return 0;
}

void backup_remove_folder(const char *path)
{
	(void)nftw(path, remove_one, FILES_OPEN, FTW_DEPTH | FTW_PHYS);
}

static int hold(const char *path, int *ret_lock)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0 && !flock(fd, LOCK_EX | LOCK_NB)) {
		*ret_lock = fd;
		return XICA_OK;
	}
	int error = fd < 0 && errno == ENOENT ? XICA_ENOTFOUND : fd < 0 ? XICA_EIO : XICA_EEXIST;
	if (fd >= 0)
		(void)close(fd);
	return error;
}

int backup_drop_left(const char *path)
{
	struct stat is;
	int lock;
	if (lstat(path, &is))
		return XICA_OK;
	if (!S_ISDIR(is.st_mode) || is.st_uid != geteuid() || (is.st_mode & 077))
		return XICA_EEXIST; // not one of ours
	int error = hold(path, &lock);
	if (error)
		return error == XICA_ENOTFOUND ? XICA_OK : error;
	backup_remove_folder(path);
	(void)close(lock);
	return XICA_OK;
}

int backup_work_folder(const char *path, int *ret_lock)
{
	int error = backup_drop_left(path);
	if (error)
		return error;
	if (mkdir(path, 0700))
		return errno == EEXIST ? XICA_EEXIST : XICA_EIO;
	return hold(path, ret_lock);
}

int backup_log_hash(const char *path, uint64_t end, char ret_hex[AUDIT_HASH_HEX + 1])
{
	cleanup_buf line = BUF_INIT;
	if (!end) {
		audit_chain_first(ret_hex);
		return XICA_OK;
	}
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return XICA_EIO;
	struct audit_cursor cursor = audit_cursor_at_end(fd, end);
	int error = audit_line_before(&cursor, &line);
	(void)close(fd);
	return error ? error : audit_chain_hash(buf_view(&line), ret_hex);
}

static int run_tar(const char *const argv[], struct buf *why)
{
	pid_t child;
	int status = 0;
	int failed = posix_spawn(&child, "/bin/tar", NULL, NULL, (char *const *)argv, environ);
	while (!failed && waitpid(child, &status, 0) < 0 && errno == EINTR)
		continue;
	if (!failed && WIFEXITED(status) && !WEXITSTATUS(status))
		return XICA_OK;
	buf_add_str(why, failed ? strerror(failed) : "tar failed");
	return XICA_EIO;
}

static int sync_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int error = fd < 0 || fsync(fd) ? XICA_EIO : XICA_OK;
	if (fd >= 0)
		(void)close(fd);
	return error;
}

int backup_pack(const char *folder, const char *archive, struct buf *why)
{
	cleanup_buf partial = BUF_INIT;
	buf_addf(&partial, "%s.partial", archive);
	const char *name = buf_cstr(&partial);
	if (!name)
		return XICA_ENOMEM;
	const char *const argv[] = {"tar", "--create", "--file", name, "--directory", folder, ".", NULL};
	(void)unlink(name); // of a backup that was killed: its tar may still be writing there
	int error = run_tar(argv, why);
	if (!error)
		error = sync_file(name);
	if (!error && rename(name, archive))
		error = XICA_EIO;
	if (error)
		(void)unlink(name);
	return error ? error : file_sync_folder(archive);
}

int backup_unpack(const char *archive, const char *folder, struct buf *why)
{
	const char *const argv[] = {"tar", "--extract", "--file", archive, "--directory", folder, "--no-same-owner", "--no-same-permissions", NULL};
	return run_tar(argv, why);
}
