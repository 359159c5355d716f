// A load of complete ACME orders on any server that speaks RFC 8555, and how it bore it: one JSON object on standard output.
//
//	acme-load --directory https://localhost:14000/acme/directory [--clients N] [--orders N] [--seconds N] …
#include <arpa/inet.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/base64url.h"
#include "crypto/init.h"
#include "load_client.h"
#include "load_http01.h"
#include "pki/csr_write.h"

enum { KEYS = 32, ACCOUNTS_MAX = 4096, CLIENTS_MAX = 4096, ORDERS_MAX = 1000000, TICK_US = 2000 };

static const char HELP[] =
	"usage: acme-load --directory URL [OPTION...]\n"
	"\n"
	"  --directory URL     of a server on this machine, as https://localhost:14000/acme/directory\n"
	"  --clients N         orders under way at once (1)\n"
	"  --accounts N        the clients share so many accounts (one each)\n"
	"  --orders N          at most so many (1000); their requests (CSRs) are made before the time begins\n"
	"  --seconds N         begin no order later than this (no limit)\n"
	"  --rate N            orders come by the clock, N a second, and wait where all clients are busy; without: one after the other\n"
	"  --new-connections   one for each request (kept)\n"
	"  --http01-port PORT  answer http-01 here (nobody does)\n"
	"  --prefix WORD       the names are WORD-0.SUFFIX, WORD-1.SUFFIX … (load)\n"
	"  --suffix NAME       (load.example)\n"
	"  --names N           use so many names in turn (each order has its own)\n"
	"  --hold              print \"ready\" when all accounts are there, and begin at a line on standard input\n";

struct load { // the whole program
	struct load_run run;
	const char *directory;
	size_t clients, account_count;
	unsigned seconds, http01_port;
	double rate;
	bool new_connections, hold;
	struct load_client *client;
	struct load_account *account;
	struct load_client **idle; // a stack
	size_t idle_count;
	struct event *tick;
	int64_t started_us, ended_us;
	size_t due;               // of --rate: orders that have come
	size_t most_waiting;
	double cpu_before;
};

_Noreturn static void give_up(const char *what, const char *why)
{
	(void)fprintf(stderr, "acme-load: %s%s%s\n", what, why ? ": " : "", why ? why : "");
	exit(EXIT_FAILURE);
}

static void must(int error, const char *what)
{
	if (error)
		give_up(what, xica_strerror(error));
}

// --- the course of a run

static struct load *load_of(struct load_run *run)
{
	return (struct load *)run; // its first member
}

static bool is_over(const struct load *load)
{
	const struct load_run *run = &load->run;
	return run->next_order == run->order_count || (run->stop_us && load_now_us() >= run->stop_us);
}

static void begin(struct load *load, struct load_client *client, int64_t due_us)
{
	load->run.owners[load->run.names_each ? load->run.next_order % load->run.names_each : load->run.next_order] = client->account;
	load_client_order(client, due_us);
}

static int64_t due_time(const struct load *load, size_t order)
{
	return load->started_us + (int64_t)((double)order * 1e6 / load->rate);
}

static void end_when_done(struct load *load)
{
	const struct load_run *run = &load->run;
	if (load->run.done + run->lost < run->begun || !is_over(load) || (load->rate > 0 && run->next_order < load->due))
		return;
	load->ended_us = load_now_us();
	(void)event_base_loopbreak(run->server.base);
}

static void on_idle(struct load_run *run, struct load_client *client)
{
	struct load *load = load_of(run);
	if (!load->started_us) {
		if (!run->accounts_left)
			(void)event_base_loopbreak(run->server.base);
		return;
	}
	if (load->rate > 0) {
		if (run->next_order < load->due)
			begin(load, client, due_time(load, run->next_order));
		else
			load->idle[load->idle_count++] = client;
	} else if (!is_over(load)) {
		begin(load, client, load_now_us());
	}
	end_when_done(load);
}

static void on_tick(evutil_socket_t fd, short what, void *context)
{
	struct load *load = context;
	struct load_run *run = &load->run;
	int64_t now = load_now_us();
	(void)fd, (void)what;
	while (load->due < run->order_count && due_time(load, load->due) <= now && (!run->stop_us || now < run->stop_us))
		load->due++;
	while (load->idle_count && run->next_order < load->due)
		begin(load, load->idle[--load->idle_count], due_time(load, run->next_order));
	if (load->due - run->next_order > load->most_waiting)
		load->most_waiting = load->due - run->next_order;
	end_when_done(load);
}

static void start(struct load *load)
{
	const struct timeval tick = {.tv_usec = TICK_US};
	load->started_us = load_now_us();
	if (load->seconds)
		load->run.stop_us = load->started_us + (int64_t)load->seconds * 1000000;
	load->tick = event_new(load->run.server.base, -1, EV_PERSIST, on_tick, load);
	if (!load->tick)
		give_up("out of memory", NULL);
	if (load->rate > 0)
		(void)event_add(load->tick, &tick);
	for (size_t i = 0; i < load->clients; i++)
		on_idle(&load->run, &load->client[i]);
}

// --- before it

static void make_csrs(struct load_run *run)
{
	struct crypto_key *keys[KEYS];
	char name[256];
	for (size_t i = 0; i < KEYS; i++)
		must(crypto_key_generate(CRYPTO_KEY_P256, 0, &keys[i]), "a key");
	for (size_t i = 0; i < run->order_count; i++) {
		load_name(run, i, name, sizeof(name));
		struct view names[] = {view_str(name)};
		must(pki_csr_write(keys[i % KEYS], names, 1, &run->csrs[i]), "a CSR");
	}
	for (size_t i = 0; i < KEYS; i++)
		crypto_key_free(keys[i]);
}

static void make_accounts(struct load *load)
{
	for (size_t i = 0; i < load->account_count; i++) {
		uint8_t digest[CRYPTO_SHA256_LEN];
		cleanup_buf text = BUF_INIT;
		must(crypto_key_generate(CRYPTO_KEY_P256, 0, &load->account[i].key), "a key");
		must(jwk_thumbprint(load->account[i].key, digest), "a thumbprint");
		base64url_encode(&text, view_bytes(digest, sizeof(digest)));
		(void)snprintf(load->account[i].thumbprint, sizeof(load->account[i].thumbprint), "%s", buf_cstr(&text));
	}
}

static void on_directory(const struct load_answer *answer, void *context)
{
	struct load_run *run = context;
	json_t *directory = json_loadb((const char *)answer->body.ptr, answer->body.len, 0, NULL);
	const char *nonce = json_string_value(json_object_get(directory, "newNonce")), *account = json_string_value(json_object_get(directory, "newAccount")),
		   *order = json_string_value(json_object_get(directory, "newOrder"));
	if (answer->status != 200 || !nonce || !account || !order)
		give_up("no ACME directory there", NULL);
	run->new_nonce = strdup(nonce);
	run->new_account = strdup(account);
	run->new_order = strdup(order);
	json_decref(directory);
	(void)event_base_loopbreak(run->server.base);
}

static void read_directory(struct load *load)
{
	cleanup_buf request = BUF_INIT;
	struct load_link *link;
	const char *path = strchr(load->directory + 8, '/');
	buf_addf(&request, "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", path ? path : "/", load->run.server.host);
	must(load_link_new(&load->run.server, on_directory, &load->run, &link), "a connection");
	load_link_ask(link, buf_view(&request));
	(void)event_base_dispatch(load->run.server.base);
	load_link_free(link);
}

static void find_server(struct load *load)
{
	struct load_server *server = &load->run.server;
	const char *authority = strncmp(load->directory, "https://", 8) == 0 ? load->directory + 8 : NULL;
	if (!authority)
		give_up("the directory must be an https URL", load->directory);
	size_t len = strcspn(authority, "/");
	char *host = strndup(authority, len), *name = strdup(host), *port = strrchr(name, ':');
	if (port)
		*port++ = 0;
	server->host = host;
	server->name = name;
	server->address = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)(port ? strtoul(port, NULL, 10) : 443)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	server->keep = !load->new_connections;
	server->base = event_base_new();
	if (!server->base)
		give_up("out of memory", NULL);
	must(crypto_tls_client_new(VIEW_LIT("http/1.1"), &server->tls), "TLS");
}

static void register_all(struct load *load)
{
	load->run.accounts_left = load->account_count;
	for (size_t i = 0; i < load->clients; i++) {
		must(load_client_new(&load->run, &load->account[i % load->account_count], i, &load->client[i]), "a client");
		if (i < load->account_count)
			load_client_register(&load->client[i]);
	}
	(void)event_base_dispatch(load->run.server.base);
	if (load->run.accounts_left)
		give_up("an account could not be made", load->run.first_loss);
	for (size_t step = 0; step < LOAD_STEPS; step++)
		load->run.steps[step].count = 0;
	load->run.requests = load->run.retries = load->run.bad_nonces = load->run.broken_connections = 0;
	memset(load->run.statuses, 0, sizeof(load->run.statuses));
}

// --- the report

static double cpu_now(void)
{
	struct rusage usage;
	(void)getrusage(RUSAGE_SELF, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static json_t *times_json(struct load_times *times)
{
	return json_pack("{s:i, s:f, s:f, s:f}", "count", (int)times->count, "p50_ms", load_times_share(times, 0.5), "p99_ms", load_times_share(times, 0.99),
		"max_ms", load_times_share(times, 1));
}

static void report(struct load *load)
{
	struct load_run *run = &load->run;
	json_t *steps = json_object(), *statuses = json_object();
	double seconds = (double)(load->ended_us - load->started_us) / 1e6;
	size_t server_errors = 0;
	for (size_t step = 0; step < LOAD_STEPS; step++)
		(void)json_object_set_new(steps, load_step_names[step], times_json(&run->steps[step]));
	for (size_t status = 0; status < LOAD_STATUS_MAX; status++) {
		char name[16];
		(void)snprintf(name, sizeof(name), "%zu", status);
		if (run->statuses[status])
			(void)json_object_set_new(statuses, name, json_integer((json_int_t)run->statuses[status]));
		if (status >= 500 && status != 503)
			server_errors += run->statuses[status];
	}
	json_t *all = json_pack("{s:I, s:I, s:I, s:I, s:f, s:f, s:I, s:o, s:o, s:o}", "clients", (json_int_t)load->clients, "accounts",
		(json_int_t)load->account_count, "orders", (json_int_t)run->done, "lost", (json_int_t)run->lost, "seconds", seconds, "orders_per_second",
		seconds > 0 ? (double)run->done / seconds : 0, "requests", (json_int_t)run->requests, "order", times_json(&run->whole), "steps", steps, "statuses",
		statuses);
	(void)json_object_set_new(all, "kept_connections", json_boolean(run->server.keep));
	(void)json_object_set_new(all, "rate", json_real(load->rate));
	(void)json_object_set_new(all, "most_waiting", json_integer((json_int_t)load->most_waiting));
	(void)json_object_set_new(all, "server_errors", json_integer((json_int_t)server_errors));
	(void)json_object_set_new(all, "retries", json_integer((json_int_t)run->retries));
	(void)json_object_set_new(all, "unavailable_without_retry_after", json_integer((json_int_t)run->unavailable_without_retry_after));
	(void)json_object_set_new(all, "bad_nonces", json_integer((json_int_t)run->bad_nonces));
	(void)json_object_set_new(all, "broken_connections", json_integer((json_int_t)run->broken_connections));
	(void)json_object_set_new(all, "first_loss", json_string(run->first_loss));
	(void)json_object_set_new(all, "generator_cpu_seconds", json_real(cpu_now() - load->cpu_before));
	(void)json_dumpf(all, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(6));
	(void)putchar('\n');
	json_decref(all);
}

// --- the command line

static size_t number(const char *text, size_t least, size_t most)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);
	if (*end || end == text || value < least || value > most)
		give_up("not a number that this can be", text);
	return value;
}

static void take_option(struct load *load, int option)
{
	switch (option) {
	case 'd': load->directory = optarg; break;
	case 'c': load->clients = number(optarg, 1, CLIENTS_MAX); break;
	case 'a': load->account_count = number(optarg, 1, ACCOUNTS_MAX); break;
	case 'o': load->run.order_count = number(optarg, 1, ORDERS_MAX); break;
	case 's': load->seconds = (unsigned)number(optarg, 1, 3600); break;
	case 'r': load->rate = strtod(optarg, NULL); break;
	case 'n': load->new_connections = true; break;
	case 'p': load->http01_port = (unsigned)number(optarg, 1, 65535); break;
	case 'P': load->run.prefix = optarg; break;
	case 'S': load->run.suffix = optarg; break;
	case 'N': load->run.names_each = number(optarg, 1, ORDERS_MAX); break;
	case 'H': load->hold = true; break;
	case 'h': (void)fputs(HELP, stdout); exit(EXIT_SUCCESS);
	default: give_up("try --help", NULL);
	}
}

static void read_options(struct load *load, int argc, char **argv)
{
	static const struct option OPTIONS[] = {{"directory", 1, NULL, 'd'}, {"clients", 1, NULL, 'c'}, {"accounts", 1, NULL, 'a'}, {"orders", 1, NULL, 'o'},
		{"seconds", 1, NULL, 's'}, {"rate", 1, NULL, 'r'}, {"new-connections", 0, NULL, 'n'}, {"http01-port", 1, NULL, 'p'}, {"prefix", 1, NULL, 'P'},
		{"suffix", 1, NULL, 'S'}, {"names", 1, NULL, 'N'}, {"hold", 0, NULL, 'H'}, {"help", 0, NULL, 'h'}, {NULL, 0, NULL, 0}};
	int option;
	while ((option = getopt_long(argc, argv, "", OPTIONS, NULL)) != -1)
		take_option(load, option);
	if (!load->directory || optind < argc)
		give_up("try --help", NULL);
	if (!load->account_count || load->account_count > load->clients)
		load->account_count = load->clients;
}

int main(int argc, char **argv)
{
	static struct load load = {.clients = 1, .run = {.prefix = "load", .suffix = "load.example", .order_count = 1000, .idle = on_idle}};
	struct load_http01 *http01 = NULL;
	read_options(&load, argc, argv);
	(void)signal(SIGPIPE, SIG_IGN);
	must(crypto_init(), "crypto");
	must(jose_init(), "JSON");
	load.run.csrs = calloc(load.run.order_count, sizeof(*load.run.csrs));
	load.run.owners = calloc(load.run.order_count, sizeof(*load.run.owners));
	load.client = calloc(load.clients, sizeof(*load.client));
	load.idle = calloc(load.clients, sizeof(struct load_client *));
	load.account = calloc(load.account_count, sizeof(*load.account));
	if (!load.run.csrs || !load.run.owners || !load.client || !load.idle || !load.account)
		give_up("out of memory", NULL);
	find_server(&load);
	if (load.http01_port)
		must(load_http01_new(&load.run, load.http01_port, &http01), "the port of http-01");
	make_csrs(&load.run);
	make_accounts(&load);
	read_directory(&load);
	register_all(&load);
	if (load.hold) {
		(void)puts("ready");
		(void)fflush(stdout);
		(void)getchar();
	}
	load.cpu_before = cpu_now();
	start(&load);
	(void)event_base_dispatch(load.run.server.base);
	report(&load);
	load_http01_free(http01);
	return load.run.lost ? EXIT_FAILURE : EXIT_SUCCESS;
}
