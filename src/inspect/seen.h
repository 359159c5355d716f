// What the inspection has seen so far: which rows, a bit for each; and of each CRL the newest that the log tells of.
#pragma once
#include <jansson.h>

#include "base/buf.h"
#include "crypto/digest.h"
#include "store/crl.h"

struct inspect_seen { // begin with zeros
	uint8_t *bits;
	size_t len;
};

XICA_MUST_CHECK int inspect_seen_put(struct inspect_seen *seen, int64_t id, bool *ret_before); // XICA_ENOMEM
bool inspect_seen_has(const struct inspect_seen *seen, int64_t id);
void inspect_seen_free(struct inspect_seen *seen);

struct inspect_crl;
XICA_MUST_CHECK int inspect_crl_note(struct inspect_crl **list, const json_t *line); // a line of the kind "crl"
// Did the log tell of this one, as one of the last two of its issuer and shard? (The newest may not be in the database yet.) Of none at all: no log told yet.
bool inspect_crl_known(const struct inspect_crl *list, const struct store_crl *crl, const uint8_t digest[CRYPTO_SHA256_LEN]);
void inspect_crl_free(struct inspect_crl *list);
