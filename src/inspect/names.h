// The names that a certificate carries, read out of its bytes, and which identifiers vouch for each. Shares nothing with what builds them. Pure.
#pragma once
#include "pki/certificate.h"
#include "pki/names.h"

// XICA_EPARSE: there are none, or a kind of name that no certificate of ours has.
XICA_MUST_CHECK int inspect_names_read(const struct pki_certificate *certificate, struct arena *arena, struct pki_sans *ret_names);
// Does a proof of this identifier stand for this name?
bool inspect_name_needs(const struct pki_san *name, const struct pki_identifier *identifier);
// Does a proof of a domain above stand for this name (RFC 9444)? Not for wildcards, and only where it was proven in the zone and the receipt is for the names below.
bool inspect_name_is_below(const struct pki_san *name, const struct pki_identifier *above);
// The shard in the certificate's CRL distribution point: ".../ISSUER/SHARD.crl". XICA_ENOTFOUND: it has none.
XICA_MUST_CHECK int inspect_shard_of(const struct pki_certificate *certificate, const char *issuer, uint32_t *ret_shard);
