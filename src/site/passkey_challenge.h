// Challenges of passkeys: 32 random bytes, kept here, taken once by what the browser signed over them (WebAuthn §13.4.3).
#pragma once
#include "site/site.h"
#include "store/pending.h"

// ret_text: base64url, in the arena. person: who may take it; 0: anybody.
XICA_MUST_CHECK int passkey_challenge_new(struct store_txn *txn, struct site_request *request, enum store_pending_purpose purpose, int64_t person,
					  struct view *ret_text);
// The challenge that client_data (JSON, WebAuthn §5.8.1) names, if it is one of ours; its bytes. XICA_ENOTFOUND: it is none, or not any more.
XICA_MUST_CHECK int passkey_challenge_take(struct store_txn *txn, struct site_request *request, enum store_pending_purpose purpose, int64_t person,
					   struct view client_data, struct view *ret_nonce);
// Member of the body: base64url, decoded into the arena.
XICA_MUST_CHECK int passkey_bytes(struct site_request *request, const char *member, struct view *ret_bytes);
