// Is this a chain that a CA can issue under? Every rule has its sentence (RFC 5280 §6.1, RFC 6120 §13.7.1.1). Pure.
#pragma once
#include "config/ca_dir.h"
#include "pki/certificate.h"

struct ca_chain_parsed {
	struct pki_certificate list[CA_CHAIN_MAX + 1]; // the intermediate first, the root last
	size_t count;
	struct buf der[CA_CHAIN_MAX + 1];
};

void ca_chain_free(struct ca_chain_parsed *chain);
// XICA_EPARSE, XICA_ERANGE (too many).
XICA_MUST_CHECK int ca_chain_parse(struct view pem, struct ca_chain_parsed *ret_chain, struct buf *why);
// XICA_EDENIED with a sentence, appended.
XICA_MUST_CHECK int ca_chain_check(const struct ca_chain_parsed *chain, xica_time now, struct buf *why);
