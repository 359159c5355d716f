#include "client/wait.h"

#include <time.h>

#include "base/clock.h"

enum { FIRST_MS = 150, LONGEST_MS = 5000, SLICE_MS = 100, RETRY_AFTER_MAX_MS = 30000 };

struct client_wait client_wait_for(unsigned seconds, const struct client_cancel *cancel)
{
	return (struct client_wait){clock_monotonic_ms() + (int64_t)seconds * 1000, FIRST_MS, cancel, false};
}

static sigset_t ending_signals(void)
{
	sigset_t set;
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGHUP);
	return set;
}

// The first questions come soon, whatever the CA says: most proofs are seen at once.
static long how_long(struct client_wait *wait, long retry_after)
{
	long ms = wait->next_ms;
	if (ms > FIRST_MS * 4 && retry_after > 0)
		ms = retry_after > RETRY_AFTER_MAX_MS / 1000 ? RETRY_AFTER_MAX_MS : retry_after * 1000;
	wait->next_ms = wait->next_ms * 3 / 2 > LONGEST_MS ? LONGEST_MS : wait->next_ms * 3 / 2;
	return ms;
}

static struct timespec pause_of(int64_t ms)
{
	return (struct timespec){ms / 1000, ms % 1000 * 1000000};
}

// Whether somebody wants the program to end.
static bool sleep_by_signals(long ms)
{
	const struct timespec pause = pause_of(ms);
	const sigset_t ends = ending_signals();
	return sigtimedwait(&ends, NULL, &pause) > 0;
}

static bool sleep_in_slices(long ms, const struct client_cancel *cancel)
{
	int64_t until = clock_monotonic_ms() + ms, left;
	while (!cancel->wanted(cancel->context) && (left = until - clock_monotonic_ms()) > 0) {
		const struct timespec pause = pause_of(left > SLICE_MS ? SLICE_MS : left);
		(void)nanosleep(&pause, NULL);
	}
	return cancel->wanted(cancel->context);
}

bool client_wait_more(struct client_wait *wait, long retry_after)
{
	int64_t left = wait->until_ms - clock_monotonic_ms();
	long ms = how_long(wait, retry_after);
	if (left <= 0)
		return false;
	if (ms > left)
		ms = (long)left;
	wait->interrupted = wait->cancel ? sleep_in_slices(ms, wait->cancel) : sleep_by_signals(ms);
	return !wait->interrupted;
}

void client_wait_guard(sigset_t *ret_before)
{
	const sigset_t ends = ending_signals();
	(void)sigprocmask(SIG_BLOCK, &ends, ret_before);
}

void client_wait_unguard(const sigset_t *before)
{
	(void)sigprocmask(SIG_SETMASK, before, NULL);
}
