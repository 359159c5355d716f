#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static int error_of_errno(void)
{
	switch (errno) {
	case ENOENT: return XICA_ENOTFOUND;
	case EEXIST: return XICA_EEXIST;
	case EACCES:
	case EPERM: return XICA_EDENIED;
	case ENOMEM: return XICA_ENOMEM;
	default: return XICA_EIO;
	}
}

static int read_all(int fd, size_t max, struct buf *out)
{
	uint8_t block[8192];
	size_t total = 0;
	for (;;) {
		ssize_t got = read(fd, block, sizeof(block));
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return XICA_EIO;
		if (got == 0)
			break;
		total += (size_t)got;
		if (total > max)
			return XICA_ERANGE;
		buf_add(out, view_bytes(block, (size_t)got));
	}
	explicit_bzero(block, sizeof(block)); // it may have been a key
	return buf_error(out);
}

int file_read(const char *path, size_t max, struct buf *out)
{
	size_t before = out->len;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return error_of_errno();
	int error = read_all(fd, max, out);
	if (error)
		buf_truncate(out, before);
	(void)close(fd);
	return error;
}

int file_write_all(int fd, struct view content)
{
	while (content.len) {
		ssize_t done = write(fd, content.ptr, content.len);
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return XICA_EIO;
		content = view_sub(content, (size_t)done, SIZE_MAX);
	}
	return XICA_OK;
}

// A name in a folder is durable once the folder is synced.
int file_sync_folder(const char *path)
{
	cleanup_buf folder = BUF_INIT;
	const char *slash = strrchr(path, '/');
	if (!slash)
		buf_add_str(&folder, ".");
	else
		buf_add(&folder, view_bytes(path, slash == path ? 1 : (size_t)(slash - path)));
	const char *name = buf_cstr(&folder);
	if (!name)
		return XICA_ENOMEM;
	int fd = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return error_of_errno();
	int error = fsync(fd) ? XICA_EIO : XICA_OK;
	(void)close(fd);
	return error;
}

static int write_beside(const char *path, mode_t mode, struct view content)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return error_of_errno();
	int error = fchmod(fd, mode) ? XICA_EIO : file_write_all(fd, content);
	if (!error && fsync(fd))
		error = XICA_EIO;
	if (close(fd) && !error)
		error = XICA_EIO;
	return error;
}

int file_replace(const char *path, mode_t mode, struct view content)
{
	cleanup_buf beside = BUF_INIT;
	buf_addf(&beside, "%s.new", path);
	const char *name = buf_cstr(&beside);
	if (!name)
		return XICA_ENOMEM;
	int error = write_beside(name, mode, content);
	if (!error && rename(name, path))
		error = error_of_errno();
	if (error) {
		(void)unlink(name);
		return error;
	}
	return file_sync_folder(path);
}

int file_create(const char *path, mode_t mode, struct view content)
{
	return file_exists(path) ? XICA_EEXIST : file_replace(path, mode, content);
}

int file_make_folder(const char *path, mode_t mode)
{
	struct stat is;
	if (mkdir(path, mode)) {
		if (errno != EEXIST)
			return error_of_errno();
		return stat(path, &is) == 0 && S_ISDIR(is.st_mode) ? XICA_OK : XICA_EEXIST;
	}
	return file_sync_folder(path);
}

bool file_exists(const char *path)
{
	struct stat is;
	return lstat(path, &is) == 0;
}
