// The identifier by which ACME names a certificate that was issued (RFC 9773 §4.1): base64url(keyIdentifier of the authority key identifier) "."
// base64url(content of the serial number's INTEGER). A certificate has exactly one: padding, stray bits, and integers that aren't DER's shortest are no spelling of it.
#pragma once
#include "base/arena.h"

enum { ACME_CERT_ID_LEN_MAX = 128 };

struct acme_cert_id {
	struct view authority_key_id;
	struct view serial; // as the store keeps it: without a leading zero byte
};

// Memory: the arena's. XICA_EPARSE.
XICA_MUST_CHECK int acme_cert_id_parse(struct view text, struct arena *arena, struct acme_cert_id *ret_id);
// In the arena; NULL: no memory.
const char *acme_cert_id_text(struct view authority_key_id, struct view serial, struct arena *arena);
