// Bytes that several processes read from the same memory: written once, sealed, and handed over as a descriptor.
#pragma once
#include "base/error.h"
#include "base/view.h"

// A descriptor of sealed memory with a copy of bytes; the caller's. name: for /proc alone. XICA_EIO: the system gives none.
XICA_MUST_CHECK int shared_bytes_make(struct view bytes, const char *name, int *ret_fd);
// Maps what another process has made; fd stays the caller's. XICA_EPARSE: it isn't sealed, so whoever has it could change it, or cut it off, under the reader.
XICA_MUST_CHECK int shared_bytes_map(int fd, struct view *ret_bytes);
void shared_bytes_unmap(struct view bytes);
