// Once a minute what is no longer needed is deleted. Where a portion isn't all there is (a million orders end on one day), the next one follows while nobody
// else wants the database: after a pause of three times what the last one took, so that three of four requests that come meet none, and the fourth waits a few
// milliseconds. While others have work in the queue they go first, but not for longer than a fifth of a second: a CA that is always busy gets rid of what it
// leaves behind too.
#include "role/registrar/cleanup.h"

#include <event2/event.h>
#include <stdlib.h>

#include "base/log.h"
#include "store/cleanup.h"

enum { INTERVAL_MS = 60000, FIRST_MS = 1000, PAUSE_LEAST_MS = 5, PAUSE_TIMES = 3, LOOK_AGAIN_MS = 5, WAIT_MOST_MS = 200 };
enum { PORTION = 100, GRACE = XICA_DAY }; // rows of a kind; how long what is dead can still be looked at

struct registrar_cleanup {
	struct registrar *registrar;
	struct event *timer;
	int64_t began, ended;               // of the last portion, by clock_monotonic_ms
	struct store_cleanup_result result; // of it
};

static void wait_for(struct registrar_cleanup *cleanup, int64_t ms)
{
	const struct timeval wait = {ms / 1000, ms % 1000 * 1000};
	if (event_add(cleanup->timer, &wait))
		log_error("out of memory: there is no clean-up until the next start");
}

static int clean_up(struct store_txn *txn, void *context)
{
	struct registrar_cleanup *cleanup = context;
	const struct store_cleanup options = {.now = clock_now(), .grace = GRACE, .limit = PORTION};
	cleanup->began = clock_monotonic_ms();
	return store_cleanup(txn, &options, &cleanup->result);
}

static void cleaned_up(int error, void *context)
{
	struct registrar_cleanup *cleanup = context;
	cleanup->ended = clock_monotonic_ms();
	if (error) {
		log_error("clean-up failed: %s", xica_strerror(error));
		cleanup->result.more = false;
	}
	int64_t pause = (cleanup->ended - cleanup->began) * PAUSE_TIMES;
	if (!cleanup->result.more)
		pause = INTERVAL_MS;
	else if (pause < PAUSE_LEAST_MS)
		pause = PAUSE_LEAST_MS;
	else if (pause > WAIT_MOST_MS)
		pause = WAIT_MOST_MS;
	wait_for(cleanup, pause);
}

static void due(evutil_socket_t fd, short what, void *context)
{
	struct registrar_cleanup *cleanup = context;
	struct store *store = cleanup->registrar->store;
	(void)fd, (void)what;
	if (cleanup->registrar->stopping)
		return;
	if (store_queued(store) && cleanup->result.more && clock_monotonic_ms() - cleanup->ended < WAIT_MOST_MS)
		wait_for(cleanup, LOOK_AGAIN_MS);
	else if (registrar_submit_as(cleanup->registrar, STORE_REPEATABLE, clean_up, cleaned_up, cleanup))
		cleaned_up(XICA_ENOMEM, cleanup);
}

int registrar_cleanup_start(struct registrar *registrar)
{
	struct registrar_cleanup *cleanup = calloc(1, sizeof(*cleanup));
	if (!cleanup)
		return XICA_ENOMEM;
	registrar->cleanup = cleanup;
	cleanup->registrar = registrar;
	cleanup->timer = evtimer_new(registrar->role->base, due, cleanup);
	if (!cleanup->timer)
		return XICA_ENOMEM;
	wait_for(cleanup, FIRST_MS);
	return XICA_OK;
}

void registrar_cleanup_free(struct registrar *registrar)
{
	if (!registrar->cleanup)
		return;
	if (registrar->cleanup->timer)
		event_free(registrar->cleanup->timer);
	free(registrar->cleanup);
	registrar->cleanup = NULL;
}
