// The certificate that the CA gave: is it for our key and our names, does its chain hold together? Pure.
#pragma once
#include "client/trouble.h"
#include "pki/certificate.h"
#include "pki/names.h"

enum { CLIENT_CHAIN_MAX = 10 };

struct client_chain { // all in arena
	struct pki_certificate list[CLIENT_CHAIN_MAX]; // the leaf first
	size_t count;
	struct view *dns_names, *srv_names; // of the leaf
	size_t dns_count, srv_count;
};

// pem: one certificate or more, leaf first. XICA_EPARSE with the trouble told.
XICA_MUST_CHECK int client_chain_read(struct view pem, struct arena *arena, struct client_chain *ret_chain, struct client_trouble *trouble);
// For this key, for all of these identifiers, good at this time, each certificate signed by the next. XICA_EDENIED, told.
XICA_MUST_CHECK int client_chain_check(const struct client_chain *chain, const struct crypto_key *key, const struct pki_identifier *names, size_t count,
				       xica_time now, struct client_trouble *trouble);
// Has the leaf this identifier?
bool client_chain_names(const struct client_chain *chain, const struct pki_identifier *identifier);
// Is it issued, at its end, by somebody whose name has this common name? ("--chain" of one's choice)
bool client_chain_ends_in(const struct client_chain *chain, const char *common_name);
// PEM of the leaf alone (cert.pem), and of all others (chain.pem); appended.
void client_chain_write_leaf(const struct client_chain *chain, struct buf *out);
void client_chain_write_issuers(const struct client_chain *chain, struct buf *out);
