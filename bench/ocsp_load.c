// Asks one OCSP question over and over, on a few kept connections (RFC 6960 A.1, POST): how many answers a second there are, as one JSON object.
//
//	ocsp-load PORT CONNECTIONS COUNT REQUEST-FILE
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "load_link.h"
#include "load_times.h"

enum { CONNECTIONS_MAX = 1024, REQUEST_MAX = 65536 };

struct load {
	struct load_server server;
	struct buf request;
	size_t count, asked, answered, good;
	struct load_times times;
};

struct client {
	struct load *load;
	struct load_link *link;
	int64_t asked_us;
};

static void ask(struct client *client)
{
	struct load *load = client->load;
	if (load->asked == load->count)
		return;
	load->asked++;
	client->asked_us = load_now_us();
	load_link_ask(client->link, buf_view(&load->request));
}

static void on_answer(const struct load_answer *answer, void *context)
{
	struct client *client = context;
	struct load *load = client->load;
	// OCSPResponse with responseStatus successful (0)
	static const uint8_t SUCCESSFUL[] = {0x0a, 0x01, 0x00};
	load_times_add(&load->times, load_now_us() - client->asked_us);
	load->answered++;
	load->good += answer->status == 200 && answer->body.len > 500 && memmem(answer->body.ptr, 16, SUCCESSFUL, sizeof(SUCCESSFUL));
	if (load->answered == load->count)
		(void)event_base_loopbreak(load->server.base);
	else
		ask(client);
}

static void write_request(struct load *load, struct view body)
{
	buf_addf(&load->request, "POST /ocsp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/ocsp-request\r\nContent-Length: %zu\r\n\r\n", body.len);
	buf_add(&load->request, body);
}

int main(int argc, char **argv)
{
	static struct load load;
	static struct client clients[CONNECTIONS_MAX];
	cleanup_buf body = BUF_INIT;
	size_t connections = argc == 5 ? strtoul(argv[2], NULL, 10) : 0;
	load.count = argc == 5 ? strtoul(argv[3], NULL, 10) : 0;
	if (!load.count || !connections || connections > CONNECTIONS_MAX || file_read(argv[4], REQUEST_MAX, &body)) {
		(void)fprintf(stderr, "usage: ocsp-load PORT CONNECTIONS COUNT REQUEST-FILE\n");
		return 2;
	}
	(void)signal(SIGPIPE, SIG_IGN);
	write_request(&load, buf_view(&body));
	load.server = (struct load_server){.base = event_base_new(), .host = "localhost", .name = "localhost", .keep = true,
		.address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)strtoul(argv[1], NULL, 10)), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)}};
	int64_t from = load_now_us();
	for (size_t i = 0; i < connections; i++) {
		clients[i].load = &load;
		if (!load.server.base || load_link_new(&load.server, on_answer, &clients[i], &clients[i].link))
			return 1;
		ask(&clients[i]);
	}
	(void)event_base_dispatch(load.server.base);
	double seconds = (double)(load_now_us() - from) / 1e6;
	(void)printf("{\"answers\": %zu, \"good\": %zu, \"seconds\": %.3f, \"per_second\": %.1f, \"p50_ms\": %.3f, \"p99_ms\": %.3f}\n", load.answered, load.good,
		     seconds, (double)load.answered / seconds, load_times_share(&load.times, 0.5), load_times_share(&load.times, 0.99));
	return load.good == load.count ? 0 : 1;
}
