// The URLs of ACME's objects, and back. base is the site's URL without a trailing slash. Texts are the arena's; NULL: no memory.
#pragma once
#include "base/arena.h"

const char *acme_url_directory(struct arena *arena, const char *base);
const char *acme_url_account(struct arena *arena, const char *base, int64_t id);
const char *acme_url_orders(struct arena *arena, const char *base, int64_t account, int64_t after); // after: cursor, 0: the first page
const char *acme_url_order(struct arena *arena, const char *base, int64_t id);
const char *acme_url_finalize(struct arena *arena, const char *base, int64_t order);
const char *acme_url_authz(struct arena *arena, const char *base, int64_t id);
const char *acme_url_challenge(struct arena *arena, const char *base, int64_t authz, struct view type);
const char *acme_url_certificate(struct arena *arena, const char *base, struct view serial, unsigned chain); // chain 0: the default

// A positive decimal number without sign or leading zero, as it stands in our URLs. XICA_EPARSE.
XICA_MUST_CHECK int acme_url_parse_id(struct view text, int64_t *ret_id);
// An account's URL, to its id. XICA_EPARSE: not one of ours.
XICA_MUST_CHECK int acme_url_parse_account(struct view url, const char *base, int64_t *ret_id);
