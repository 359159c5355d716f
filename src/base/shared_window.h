// Memory that several processes read and write at the same time, each where and how its users agree: handed over as a descriptor. It is all zero at first, keeps its
// size, and lives as long as somebody has the descriptor or the mapping.
#pragma once
#include "base/error.h"
#include "base/view.h"

// A descriptor of fresh memory; the caller's. name: for /proc alone. XICA_EIO, and errno: the system gives none.
XICA_MUST_CHECK int shared_window_make(const char *name, size_t size, int *ret_fd);
// Maps what the maker's descriptor stands for; fd stays the caller's. XICA_EINVAL: it is smaller, or whoever has it could cut it off under its users. XICA_ENOMEM.
XICA_MUST_CHECK int shared_window_map(int fd, size_t size, void **ret_window);
void shared_window_unmap(void *window, size_t size); // NULL is fine
