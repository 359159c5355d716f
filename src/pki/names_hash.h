// A digest of what an order is for: by it an order for the same names is found again, and it tells names that were changed behind an order's back. Pure.
#pragma once
#include "crypto/digest.h"
#include "pki/names.h"

// sorted: by pki_identifier_compare, each once. So the same identifiers give the same, in whatever order they were asked for. XICA_ENOMEM.
XICA_MUST_CHECK int pki_names_hash(const struct pki_identifier *sorted, size_t count, uint8_t ret_hash[CRYPTO_SHA256_LEN]);
