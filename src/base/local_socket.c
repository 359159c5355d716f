#include "base/local_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"

static int open_folder(const char *path, const char *slash)
{
	if (!slash)
		return open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	cleanup_buf folder = BUF_INIT;
	buf_add(&folder, view_bytes(path, slash == path ? 1 : (size_t)(slash - path)));
	return buf_cstr(&folder) ? open(buf_cstr(&folder), O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
}

int local_socket_address(const char *path, struct sockaddr_un *ret_address, int *ret_folder)
{
	const char *slash = strrchr(path, '/');
	int folder = open_folder(path, slash);
	if (folder < 0)
		return XICA_EIO;
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int len = snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/%s", folder, slash ? slash + 1 : path);
	if (len < 0 || (size_t)len >= sizeof(address.sun_path)) {
		(void)close(folder);
		errno = ENAMETOOLONG;
		return XICA_ERANGE;
	}
	*ret_address = address;
	*ret_folder = folder;
	return XICA_OK;
}
