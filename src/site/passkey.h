// Passkeys (W3C Web Authentication, level 2): what a browser sends when one is made (§7.1) and when one is used (§7.2), checked. Pure.
//
// The bytes come from strangers. A passkey counts only with user presence and user verification, since it stands for both factors; who made the
// authenticator is not asked (attestation "none"; other statements are not looked at).
#pragma once
#include "base/buf.h"

enum { PASSKEY_CREDENTIAL_MAX = 1023, PASSKEY_CLIENT_DATA_MAX = 4096, PASSKEY_ATTESTATION_MAX = 32 * 1024, PASSKEY_AUTHENTICATOR_DATA_MAX = 4096 };

struct passkey_asked { // what we wanted answered; borrowed
	struct view challenge; // raw, at least 16 bytes
	struct view origin;    // "https://ca.example.org", as the browser writes it: no port where it is 443, no slash behind it
};

// Once per process, before it locks itself in.
void passkey_init(void);
// A new one: appends its public key (bytes for passkey_check alone) and its id. XICA_EPARSE: malformed. XICA_EDENIED: the answer to another question, for
// another site, or without the person being there and verified. XICA_EUNSUPPORTED: another algorithm than ES256, EdDSA, RS256. XICA_EWEAK: no such key.
XICA_MUST_CHECK int passkey_register(const struct passkey_asked *asked, struct view client_data, struct view attestation, struct buf *public_key_out,
				     struct buf *credential_out);

struct passkey_assertion { // borrowed
	struct view client_data, authenticator_data, signature;
	struct view public_key; // as passkey_register gave it
	uint64_t counter;       // the last one that was seen
};
// As above; XICA_ESIG: the signature does not verify. XICA_ECONFLICT: the counter did not grow: there may be a copy of the key.
XICA_MUST_CHECK int passkey_check(const struct passkey_asked *asked, const struct passkey_assertion *assertion, uint64_t *ret_counter);
