#include "base/shared_window.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int shared_window_make(const char *name, size_t size, int *ret_fd)
{
	int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return XICA_EIO;
	if (ftruncate(fd, (off_t)size) || fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)) {
		(void)close(fd);
		return XICA_EIO;
	}
	*ret_fd = fd;
	return XICA_OK;
}

int shared_window_map(int fd, size_t size, void **ret_window)
{
	struct stat status;
	int seals = fcntl(fd, F_GET_SEALS);
	if (seals < 0 || !(seals & F_SEAL_SHRINK) || fstat(fd, &status) || (size_t)status.st_size < size)
		return XICA_EINVAL;
	void *window = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (window == MAP_FAILED)
		return XICA_ENOMEM;
	*ret_window = window;
	return XICA_OK;
}

void shared_window_unmap(void *window, size_t size)
{
	if (window)
		(void)munmap(window, size);
}
