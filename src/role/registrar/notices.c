// What is told to people of what ACME and the operator do (site/report.h says it; here is where the registrar calls it from), and what nobody's request
// brings about: letters before a certificate ends, and the count of valid ones for each day.
#include <event2/event.h>
#include <stdlib.h>

#include "base/log.h"
#include "role/registrar/registrar.h"

enum { INTERVAL = XICA_HOUR, SOON = 1 };

struct site_report registrar_report(const struct registrar *registrar, struct arena *arena, struct view remote)
{
	return (struct site_report){.config = registrar->config, .arena = arena, .now = clock_now(), .remote = remote};
}

void registrar_reported(struct registrar *registrar, const struct site_report *report)
{
	if (report->mail_waits)
		registrar_mail_waits(registrar);
}

struct round {
	struct registrar *registrar;
	struct arena arena;
	struct site_report report;
	bool more;
};

static int look(struct store_txn *txn, void *context)
{
	struct round *round = context;
	int error = site_report_active(txn, round->report.now);
	return error ? error : site_report_expiry(txn, &round->report, &round->more);
}

static void looked(int error, void *context)
{
	struct round *round = context;
	struct registrar *registrar = round->registrar;
	const struct timeval next = {round->more && !error ? SOON : INTERVAL, 0};
	if (!error)
		registrar_reported(registrar, &round->report);
	else if (error != XICA_ECLOSED) // we are ending: the next start looks first of all
		log_error("notices of certificates that end could not be queued: %s", xica_strerror(error));
	if (event_add(registrar->notices_timer, &next))
		log_error("out of memory: no notices until the next start");
	arena_free(&round->arena);
	free(round);
}

static void look_due(evutil_socket_t fd, short what, void *context)
{
	struct registrar *registrar = context;
	struct round *round = calloc(1, sizeof(*round));
	const struct timeval next = {INTERVAL, 0};
	(void)fd, (void)what;
	if (!round) {
		(void)event_add(registrar->notices_timer, &next);
		return;
	}
	round->registrar = registrar;
	round->report = registrar_report(registrar, &round->arena, VIEW_NONE);
	int error = store_submit(registrar->store, look, looked, round);
	if (error)
		looked(error, round);
}

int registrar_notices_start(struct registrar *registrar)
{
	const struct timeval soon = {SOON, 0};
	registrar->notices_timer = evtimer_new(registrar->role->base, look_due, registrar);
	return registrar->notices_timer && !event_add(registrar->notices_timer, &soon) ? XICA_OK : XICA_ENOMEM;
}

void registrar_notices_free(struct registrar *registrar)
{
	if (registrar->notices_timer)
		event_free(registrar->notices_timer);
	registrar->notices_timer = NULL;
}
