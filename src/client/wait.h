// Waiting for what the CA does: as long as it says (Retry-After), within bounds (RFC 8555 §7.5.1).
#pragma once
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

struct client_cancel { // how a program that is not ours, and whose signals are its own, says that it wants no more
	bool (*wanted)(void *context); // asked again and again
	void *context;
};

struct client_wait {
	int64_t until_ms; // by clock_monotonic_ms
	long next_ms;
	const struct client_cancel *cancel;
	bool interrupted;
};

struct client_wait client_wait_for(unsigned seconds, const struct client_cancel *cancel); // cancel NULL: by signals. Borrowed
// Sleeps until it is worth asking again; retry_after in seconds, 0: the CA doesn't say. False: the time is over, or somebody wants the program to
// end, by a signal or by cancel: wait->interrupted.
bool client_wait_more(struct client_wait *wait, long retry_after);

// While something of ours stands where it is to be taken away again, the wish that the program end (SIGINT, SIGTERM, SIGHUP) is heard by
// client_wait_more alone.
void client_wait_guard(sigset_t *ret_before);
void client_wait_unguard(const sigset_t *before); // a wish that came meanwhile ends the program now
