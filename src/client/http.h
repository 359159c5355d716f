// HTTPS to the CA, one request after the other, blocking (RFC 8555 §6.1): libcurl, bounded in time and size, no redirects.
#pragma once
#include "base/arena.h"
#include "client/trouble.h"
#include "client/wait.h"

enum { CLIENT_ANSWER_MAX = 1 << 20, CLIENT_ALTERNATES_MAX = 8 };

struct client_http;

struct client_answer { // views and strings live in arena
	long status;
	struct view body;
	json_t *json;               // of the body, where its type is application/json or application/problem+json; NULL: none. Owned
	const char *location;       // headers; NULL: none
	const char *nonce;          // Replay-Nonce (§6.5.1), where it is one
	long retry_after;           // seconds, bounded to a day; 0: none
	const char *alternates[CLIENT_ALTERNATES_MAX]; // Link: rel="alternate" (§7.4.2)
	size_t alternate_count;
	struct arena arena;
};

#define CLIENT_ANSWER_INIT ((struct client_answer){.arena = ARENA_INIT})
#define cleanup_answer [[gnu::cleanup(client_answer_free)]] struct client_answer
void client_answer_free(struct client_answer *answer); // re-initialises

struct client_http_options { // borrowed until client_http_free
	const char *ca_file;       // PEM of roots that are trusted beside the system's; NULL: none
	struct view roots_pem;     // the same as text; empty: none
	const struct client_cancel *cancel; // asked while a request is under way; NULL: nobody cancels
};

XICA_MUST_CHECK int client_http_open(const struct client_http_options *options, struct client_http **ret_http, struct client_trouble *trouble);
const struct client_cancel *client_http_cancel(const struct client_http *http);
void client_http_free(struct client_http *http);
// body.ptr NULL: GET (head: HEAD); else POST of application/jose+json. Any status is XICA_OK. XICA_ECLOSED: cancelled. answer is emptied first.
XICA_MUST_CHECK int client_http_send(struct client_http *http, const char *url, bool head, struct view body, struct client_answer *answer,
				     struct client_trouble *trouble);
