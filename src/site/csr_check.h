// A certificate request before it is used: what an order for it would name, and what is wrong with it, in words of the catalogue ("csr.WORD"):
//
//   no-request      there is no PEM block of a request in the text
//   private-key     the text holds a private key; it has left its owner's hands
//   malformed       the request can't be read; detail: why
//   signature       the request is not signed by its own key
//   weak-key        detail: why
//   blocked-key     the key is known to be compromised
//   bad-name        detail: the name, and what is wrong with it
//   common-name     the subject's common name is no domain
//   other-name      a name of a kind that is never certified here; detail: which
//   other-service   an SRVName of another service than XMPP's; detail: the name
//   domain-missing  an SRVName or XmppAddr of a domain that the request does not ask for as dNSName; detail: the name
//   too-many-names  more than an order may have
//   no-names        the request asks for no name
//   must-staple     the request asks for a TLS feature that is left out; it can be used all the same
//
// All but the last make it unusable. Pure.
#pragma once
#include <jansson.h>

#include "base/arena.h"
#include "pki/csr.h"

struct site_csr_check {
	bool lenient;                 // names as a CA to play with takes them
	size_t names_max;             // of an order
	struct arena *arena;
	// what came out
	bool parsed;
	uint8_t spki_sha256[32];      // of the key, where parsed
	struct pki_csr csr;
	struct pki_identifier *identifiers; // what to order
	size_t identifier_count;
	json_t *findings;             // [{"word", "detail"}]; the caller's
	bool usable;
};

// text: PEM, perhaps with other text around. XICA_ENOMEM, XICA_ECRYPTO.
XICA_MUST_CHECK int site_csr_check(struct view text, struct site_csr_check *check);
// One more finding, which makes it unusable. XICA_ENOMEM.
XICA_MUST_CHECK int site_csr_finding(struct site_csr_check *check, const char *word, const char *detail);
// The identifiers as [{"type", "value"}], as an ACME order has them.
json_t *site_csr_identifiers(const struct site_csr_check *check);
// What a request that was accepted once is for: identifiers alone, without judging. XICA_EPARSE.
XICA_MUST_CHECK int site_csr_read(struct view der, struct site_csr_check *check);
