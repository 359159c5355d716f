// AlgorithmIdentifiers of signatures (RFC 5280 §4.1.1.2, RFC 4055, RFC 5758, RFC 8410). Pure.
#pragma once
#include "crypto/key.h"
#include "pki/der.h"

void pki_sig_alg_add(struct buf *out, enum crypto_sig alg);
// whole: an AlgorithmIdentifier. The parameters are what the RFC says: NULL for RSA, absent for the others. XICA_EUNSUPPORTED: one that we do not do.
XICA_MUST_CHECK int pki_sig_alg_read(struct view whole, enum crypto_sig *ret_alg);
