// Intermediates under somebody else's root: the request that goes out, and the chain that comes back.
#pragma once
#include "config/ca_dir_init.h"

// A CSR (DER, appended) for a new key, which is kept until its chain is imported; or, with issuer_id, for the key of an issuer that there is: so that
// another root signs it too. The folder is made where there is none. init: dir, name, key_type, bits.
XICA_MUST_CHECK int ca_request(const struct ca_init *init, const char *issuer_id, struct buf *csr_out, struct buf *why);

// What came back, in PEM: the intermediate first, then upwards, the root last (it is checked, and not kept). A new key's chain issues from now on; another
// chain of an issuer that there is becomes an alternate, or with make_default the default. Each thing that is wrong is one sentence in *why.
XICA_MUST_CHECK int ca_import(const char *dir, struct view pem, bool make_default, xica_time now, struct buf *why);
