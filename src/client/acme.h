// The client's side of ACME's requests (RFC 8555 §6, §7.1.1, §7.2): directory, nonces, signed POSTs. Blocking.
#pragma once
#include "client/http.h"
#include "crypto/key.h"

struct client_acme {
	struct client_http *http;
	const struct client_cancel *cancel; // of http
	json_t *directory;
	const char *directory_url;     // borrowed
	struct buf nonce;              // empty: none at hand
	struct crypto_key *key;        // the account's
	struct buf kid;                // the account's URL; empty until there is one
};

// Reads the directory. directory_url stays the caller's.
XICA_MUST_CHECK int client_acme_open(struct client_http *http, const char *directory_url, struct client_acme **ret_acme,
				     struct client_trouble *trouble);
void client_acme_free(struct client_acme *acme); // not http
// "newOrder": the URL in the directory; NULL: the CA has none.
const char *client_acme_url(const struct client_acme *acme, const char *resource);
const json_t *client_acme_meta(const struct client_acme *acme, const char *member); // of the directory's meta; NULL: none
// A signed POST; payload NULL: POST-as-GET (§6.3). A nonce that was refused is asked for anew, some times. Statuses other than 2xx are
// XICA_EDENIED, told as "WHAT: the CA's words".
XICA_MUST_CHECK int client_acme_post(struct client_acme *acme, const char *url, const json_t *payload, const char *what, struct client_answer *answer,
				     struct client_trouble *trouble);
