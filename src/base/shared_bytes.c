#include "base/shared_bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SEALS = F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL };

static int write_all(int fd, struct view bytes)
{
	while (bytes.len) {
		ssize_t written = write(fd, bytes.ptr, bytes.len);
		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return XICA_EIO;
		bytes = view_sub(bytes, (size_t)written, SIZE_MAX);
	}
	return XICA_OK;
}

int shared_bytes_make(struct view bytes, const char *name, int *ret_fd)
{
	int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return XICA_EIO;
	if (write_all(fd, bytes) || fcntl(fd, F_ADD_SEALS, SEALS)) {
		(void)close(fd);
		return XICA_EIO;
	}
	*ret_fd = fd;
	return XICA_OK;
}

int shared_bytes_map(int fd, struct view *ret_bytes)
{
	struct stat status;
	int seals = fcntl(fd, F_GET_SEALS);
	if (seals < 0 || (seals & SEALS) != SEALS || fstat(fd, &status) || status.st_size <= 0)
		return XICA_EPARSE;
	void *at = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED)
		return XICA_ENOMEM;
	*ret_bytes = view_bytes(at, (size_t)status.st_size);
	return XICA_OK;
}

void shared_bytes_unmap(struct view bytes)
{
	if (bytes.len)
		(void)munmap((void *)(uintptr_t)bytes.ptr, bytes.len);
}
