#include "role/parent/parent.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "crypto/init.h"

enum { STOP_DEADLINE_S = 10, ASKED_AGAIN_MS = 1000 };

// --- the end

static bool is_running(const struct parent *parent, size_t first, size_t last)
{
	for (size_t i = first; i < last; i++)
		if (parent->roles[i].pid)
			return true;
	return false;
}

static void stop_range(struct parent *parent, size_t first, size_t last)
{
	for (size_t i = first; i < last; i++)
		parent_role_stop(&parent->roles[i]);
}

// Those who bring work end first, so that what is under way still finds those who do it.
static void advance_stopping(struct parent *parent)
{
	static const size_t ORDER[] = {PARENT_FRONT, PARENT_REGISTRAR, PARENT_VALIDATOR, PARENT_MAILER, PARENT_LOGIN, PARENT_SIGNER};
	for (size_t i = 0; i < sizeof(ORDER) / sizeof(ORDER[0]); i++) {
		size_t last = ORDER[i] == PARENT_FRONT ? parent->role_count : ORDER[i] + 1;
		if (is_running(parent, ORDER[i], last)) {
			stop_range(parent, ORDER[i], last);
			return;
		}
	}
	log_info("stopped");
	(void)event_base_loopbreak(parent->base);
}

static void on_deadline(evutil_socket_t fd, short events, void *context)
{
	(void)fd, (void)events;
	log_warning("not all roles ended in time: the others are killed");
	parent_roles_kill(context);
}

static void stop(struct parent *parent)
{
	const struct timeval patience = {STOP_DEADLINE_S, 0};
	if (parent->phase == PARENT_STOPPING) {
		// One request may come as two signals at once: by the terminal or a service manager, and by the program that started us.
		if (clock_monotonic_ms() - parent->stop_asked >= ASKED_AGAIN_MS) {
			log_warning("asked to stop again: what is under way is given up");
			parent_roles_kill(parent);
		}
		return;
	}
	parent->phase = PARENT_STOPPING;
	parent->stop_asked = clock_monotonic_ms();
	parent_notify("STOPPING=1");
	parent->deadline = evtimer_new(parent->base, on_deadline, parent);
	if (!parent->deadline || event_add(parent->deadline, &patience))
		parent_roles_kill(parent);
	advance_stopping(parent);
}

void parent_fail(struct parent *parent)
{
	parent->exit_code = EXIT_FAILURE;
	if (parent->phase != PARENT_STOPPING)
		stop(parent);
}

// --- the beginning

static void say_what_next(const struct config *config)
{
	const char *dir = config->state_dir;
	(void)fprintf(stderr,
		      "\n"
		      "  This is a certification authority to play with. It runs until Ctrl-C; everything is in %s.\n"
		      "\n"
		      "  Its page:  %s/\n"
		      "  Its root:  %s/root.pem\n"
		      "  A certificate, from a second terminal:\n"
		      "\n"
		      "    REQUESTS_CA_BUNDLE='%s/root.pem' certbot certonly --standalone --http-01-port %u \\\n"
		      "      --server %s/acme/directory --domain xmpp.example.test \\\n"
		      "      --agree-tos --register-unsafely-without-email --non-interactive \\\n"
		      "      --config-dir '%s/certbot' --work-dir '%s/certbot' --logs-dir '%s/certbot'\n"
		      "\n",
		      dir, config->url, dir, dir, config->http01_port, config->url, dir, dir, dir);
	if (config->metrics_listen)
		(void)fprintf(stderr, "  http://%s/metrics, /healthz and /readyz say how it is.\n\n", config->metrics_listen);
	if (!config->resolve_all)
		(void)fprintf(stderr, "  (xmpp.example.test stands for a name that resolves to this machine; --resolve-all 127.0.0.1 lets every name do so.)\n\n");
}

static void begin_serving(struct parent *parent)
{
	parent->phase = PARENT_SERVING;
	(void)printf("xicad: ready %s/acme/directory\n", parent->config.url);
	(void)fflush(stdout);
	if (parent->config.dev)
		say_what_next(&parent->config);
	if (parent->config.dev)
		parent_chaos_say(&parent->config);
	parent_notify("READY=1");
	if (parent->reload_again)
		parent_config_reload(parent);
}

static bool is_up(struct parent *parent, size_t which)
{
	if (!parent->roles[which].pid)
		parent_role_start(&parent->roles[which]);
	return parent->roles[which].ready;
}

static void advance_starting(struct parent *parent)
{
	bool helpers = true;
	for (size_t i = PARENT_SIGNER; i < PARENT_REGISTRAR; i++)
		if (!parent->roles[i].was_ready && !is_up(parent, i))
			helpers = false;
	if (!helpers || (!parent->roles[PARENT_REGISTRAR].was_ready && !is_up(parent, PARENT_REGISTRAR)))
		return;
	parent_own_request(parent);
	if (parent->own.wanted || !parent->own.chain.len)
		return;
	bool up = true;
	for (unsigned i = 0; i < parent->config.fronts; i++)
		if (!parent->roles[PARENT_FRONT + i].was_ready && !is_up(parent, PARENT_FRONT + i))
			up = false;
	if (up)
		begin_serving(parent);
}

// --- between

static void start_new_fronts(struct parent *parent)
{
	for (unsigned i = 0; i < parent->config.fronts; i++) {
		struct parent_role *front = &parent->roles[PARENT_FRONT + i];
		if (!front->pid && !front->was_ready)
			parent_role_start(front);
	}
}

// True: one of them was asked to end.
static bool stop_stale(struct parent *parent, size_t first, size_t last)
{
	for (size_t i = first; i < last; i++)
		if (parent->roles[i].pid && parent->roles[i].stale) {
			parent_role_stop(&parent->roles[i]);
			return true;
		}
	return false;
}

// One role after the other: it ends what it has under way, and its successor is ready before the next one goes. The registrar comes first: it
// must know a new issuer before the signer uses it.
static void advance_reload(struct parent *parent)
{
	for (size_t i = 0; i < parent->role_count; i++)
		if (parent->roles[i].pid && !parent->roles[i].ready)
			return;
	if (stop_stale(parent, PARENT_REGISTRAR, PARENT_REGISTRAR + 1) || stop_stale(parent, 0, parent->role_count))
		return;
	parent->reloading = false;
	start_new_fronts(parent);
	log_info("reloaded");
	parent_notify("READY=1");
	if (parent->reload_again)
		parent_config_reload(parent);
}

void parent_advance(struct parent *parent)
{
	switch (parent->phase) {
	case PARENT_STARTING:
		advance_starting(parent);
		return;
	case PARENT_SERVING:
		if (parent->reloading)
			advance_reload(parent);
		if (!parent->reloading)
			parent_own_request(parent);
		return;
	case PARENT_STOPPING:
		advance_stopping(parent);
		return;
	}
}

// --- signals

static void on_child(evutil_socket_t number, short events, void *context)
{
	(void)number, (void)events;
	parent_roles_reap(context);
}

static void on_stop(evutil_socket_t number, short events, void *context)
{
	(void)events;
	log_info("signal %d: stopping", (int)number);
	stop(context);
}

static void on_reload(evutil_socket_t number, short events, void *context)
{
	(void)number, (void)events;
	parent_config_reload(context);
}

static int watch_signals(struct parent *parent)
{
	static const struct {
		int number;
		event_callback_fn handler;
	} SIGNALS[] = {{SIGCHLD, on_child}, {SIGTERM, on_stop}, {SIGINT, on_stop}, {SIGHUP, on_reload}};
	(void)signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; i < sizeof(SIGNALS) / sizeof(SIGNALS[0]); i++) {
		parent->signals[i] = evsignal_new(parent->base, SIGNALS[i].number, SIGNALS[i].handler, parent);
		if (!parent->signals[i] || event_add(parent->signals[i], NULL))
			return XICA_ENOMEM;
	}
	return XICA_OK;
}

// --- from start to end

static int set_up(struct parent *parent)
{
	int error = parent_config_read(parent->options, &parent->config_text, &parent->config);
	if (error)
		return error;
	log_open("xicad", (enum log_level)parent->config.log_level);
	log_use_form((enum log_form)parent->config.log_form);
	parent->base = event_base_new();
	if (!parent->base || (error = watch_signals(parent)) || (error = crypto_init())) {
		log_error("can't start: %s", xica_strerror(error ? error : XICA_ENOMEM));
		return error ? error : XICA_ENOMEM;
	}
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); // the keys of nonces, receipts and TLS are here
	parent_roles_init(parent);
	error = parent_state_open(parent);
	if (!error)
		error = parent_own_open(parent);
	const struct parent_listeners none = {0};
	return error ? error : parent_listen_open(&parent->config, &none, &parent->listeners);
}

static void close_fd(int fd)
{
	if (fd >= 0)
		(void)close(fd);
}

// It ends in order already: one more signal, which nobody would watch for any more and whose default is a crash, must not turn that into one.
static void block_signals(void)
{
	sigset_t late;
	(void)sigemptyset(&late);
	(void)sigaddset(&late, SIGTERM);
	(void)sigaddset(&late, SIGINT);
	(void)sigaddset(&late, SIGHUP);
	(void)sigprocmask(SIG_BLOCK, &late, NULL);
}

static void tear_down(struct parent *parent)
{
	block_signals();
	parent_roles_free(parent);
	parent_own_free(parent);
	parent_listen_close(&parent->listeners);
	if (parent->control >= 0)
		(void)unlink(parent->config.control_socket);
	close_fd(parent->control);
	close_fd(parent->fronts_fd);
	close_fd(parent->metrics_fd);
	close_fd(parent->state_lock);
	explicit_bzero(parent->nonce_key, sizeof(parent->nonce_key));
	buf_wipe(&parent->receipt_key);
	struct event *const events[] = {parent->signals[0], parent->signals[1], parent->signals[2], parent->signals[3], parent->deadline,
		parent->watchdog};
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		if (events[i])
			event_free(events[i]);
	if (parent->base)
		event_base_free(parent->base);
	config_free(&parent->config);
	buf_free(&parent->config_text);
}

int parent_run(const struct parent_options *options)
{
	struct parent parent = {.options = options, .state_lock = -1, .fronts_fd = -1, .control = -1, .metrics_fd = -1};
	log_open("xicad", LOG_LEVEL_INFO);
	if (set_up(&parent)) {
		parent.exit_code = EXIT_FAILURE;
	} else {
		parent_notify_watchdog(&parent);
		parent_advance(&parent);
		if (event_base_dispatch(parent.base) < 0)
			parent.exit_code = EXIT_FAILURE;
	}
	tear_down(&parent);
	return parent.exit_code;
}
