// What went wrong, in words for whoever runs the program: what it is and what to change where. And the CA's own words, where it said no.
#pragma once
#include <jansson.h>

#include "base/buf.h"

struct client_trouble {
	struct buf why;    // one or several sentences, no line end
	struct buf hint;   // a further one that speaks of the options of xica(1): not for users of the library; empty: none
	struct buf whole;  // both
	json_t *problem;   // the problem document (RFC 7807) that it came from; NULL: none. Owned
	long retry_after;  // seconds, where the CA says when to come again; 0: it doesn't
};

#define CLIENT_TROUBLE_INIT ((struct client_trouble){BUF_INIT, BUF_INIT, BUF_INIT, NULL, 0})
#define cleanup_trouble [[gnu::cleanup(client_trouble_free)]] struct client_trouble
void client_trouble_free(struct client_trouble *trouble); // re-initialises

// Says it anew, what was said before is gone; hands error on.
[[gnu::format(printf, 3, 4)]] int client_trouble_is(struct client_trouble *trouble, int error, const char *format, ...);
// A further sentence behind what there is.
[[gnu::format(printf, 2, 3)]] void client_trouble_add(struct client_trouble *trouble, const char *format, ...);
// What to say on the command line to mend it.
[[gnu::format(printf, 2, 3)]] void client_trouble_hint(struct client_trouble *trouble, const char *format, ...);
// "WHAT: DETAIL (TYPE)", and of each subproblem (RFC 8555 §6.7.1) its identifier and detail. Control characters of the CA's are shown as '?'.
int client_trouble_problem(struct client_trouble *trouble, const char *what, json_t *problem); // XICA_EDENIED; keeps a reference
// The problem's type without "urn:ietf:params:acme:error:"; "" where there is none. Borrowed.
const char *client_trouble_type(const struct client_trouble *trouble);
const char *client_trouble_text(struct client_trouble *trouble); // with the hint; never NULL
