// The words of RFC 5280 §5.3.1 for why a certificate was revoked, as operators write and read them. Pure.
#pragma once
#include "pki/crl.h"

// Those that an operator may give: keyCompromise, superseded, cessationOfOperation, affiliationChanged, privilegeWithdrawn, unspecified. XICA_EPARSE: another.
XICA_MUST_CHECK int pki_reason_parse(struct view word, enum pki_reason *ret_reason);
const char *pki_reason_text(unsigned reason); // "unspecified" for a number that is none
#define PKI_REASON_WORDS "keyCompromise, superseded, cessationOfOperation, affiliationChanged, privilegeWithdrawn, unspecified"
