// Of each CRL the newest that the log tells of. Begin with NULL.
#pragma once
#include <jansson.h>

#include "crypto/digest.h"
#include "store/crl.h"

struct inspect_crl;
XICA_MUST_CHECK int inspect_crl_note(struct inspect_crl **list, const json_t *line, uint64_t end); // a line of the kind "crl", and where in the log it ends
// Did the log tell of this one, as one of the last two of its issuer and shard? (The newest may not be in the database yet.) Of none at all: no log told yet.
bool inspect_crl_known(const struct inspect_crl *list, const struct store_crl *crl, const uint8_t digest[CRYPTO_SHA256_LEN]);
void inspect_crl_free(struct inspect_crl *list);
