// Addresses of sockets in the file system. sockaddr_un holds 107 bytes of a path, and a folder's path may be longer than that: the
// folder is opened, and the socket named through its descriptor.
#pragma once
#include <sys/un.h>

#include "base/error.h"

// ret_folder: to be closed by the caller once ret_address has served bind or connect. XICA_EIO: the folder can't be opened.
// XICA_ERANGE: the socket's own name is too long. errno stands.
XICA_MUST_CHECK int local_socket_address(const char *path, struct sockaddr_un *ret_address, int *ret_folder);
