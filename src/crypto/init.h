// Starts the crypto library: everything that it would otherwise load on first use.
#pragma once
#include "base/error.h"

// Reads OpenSSL's configuration, fetches the algorithms and seeds the random generator. Each process calls it once before it
// locks itself in, since afterwards no file can be opened; without the call the same happens at first use. XICA_ECRYPTO.
XICA_MUST_CHECK int crypto_init(void);
