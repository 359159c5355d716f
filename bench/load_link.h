// One HTTP/1.1 connection of a load generator, over TLS or plain, with one request under way at most. It spends little: the generator shares the machine with
// what it measures. The server's certificate isn't verified.
#pragma once
#include <event2/event.h>
#include <netinet/in.h>

#include "base/buf.h"
#include "crypto/tls.h"

struct load_server { // where all links of a run go; borrowed
	struct event_base *base;
	struct sockaddr_in address;
	const char *host;              // for Host and SNI: "localhost:14000", "localhost"
	const char *name;
	struct crypto_tls_client *tls; // NULL: plain
	bool keep;                     // false: a connection for each request
};

struct load_answer { // views are good until the callback returns
	int status;      // 0: the connection failed
	struct view head, body;
};

typedef void load_answered(const struct load_answer *answer, void *context);

struct load_link;
XICA_MUST_CHECK int load_link_new(const struct load_server *server, load_answered *answered, void *context, struct load_link **ret_link);
void load_link_free(struct load_link *link);
// Sends a whole request; the callback comes once, from the loop, and may ask again. A kept connection that the server has closed meanwhile is made anew, once.
void load_link_ask(struct load_link *link, struct view request);
struct view load_answer_header(const struct load_answer *answer, const char *name); // empty: none
