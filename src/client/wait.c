#include "client/wait.h"

#include <time.h>

#include "base/clock.h"

enum { FIRST_MS = 150, LONGEST_MS = 5000, RETRY_AFTER_MAX_MS = 30000 };

struct client_wait client_wait_for(unsigned seconds)
{
	return (struct client_wait){clock_monotonic_ms() + (int64_t)seconds * 1000, FIRST_MS, false};
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

bool client_wait_more(struct client_wait *wait, long retry_after)
{
	int64_t left = wait->until_ms - clock_monotonic_ms();
	long ms = how_long(wait, retry_after);
	if (left <= 0)
		return false;
	if (ms > left)
		ms = (long)left;
	const struct timespec pause = {ms / 1000, ms % 1000 * 1000000};
	const sigset_t ends = ending_signals();
	wait->interrupted = sigtimedwait(&ends, NULL, &pause) > 0;
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
