// Messages between roles on a test's own end of a socket: as ipc/channel.c makes them, but written and read at once, without an event loop.
#pragma once
#include "check.h"
#include "ipc/message.h"

bool packets_readable(int fd, int timeout_ms);
// With these descriptors, eight at most, beside its first packet.
void packets_send(int to, const struct buf *message, const int *fds, size_t fd_count);
// The next message; fails the test when it hasn't come by then. Its views live in the arena.
struct ipc_message packets_take(int from, int timeout_ms, struct arena *arena);
