// Passkeys (WebAuthn): what proves them stands in the login role; here are challenges, each good once and for five minutes, and whose key it is.
#pragma once
#include "site/site.h"

// A challenge to log in with: {"challenge", "rp_id", "timeout", "user_verification"}.
XICA_MUST_CHECK int passkey_challenge(struct store_txn *txn, struct site_request *request);
// The body's assertion (id, client_data, authenticator_data, signature): the login role is asked after the commit, then next runs in a unit.
// Refuses with "wrong-passkey" what needs no asking.
XICA_MUST_CHECK int passkey_show(struct store_txn *txn, struct site_request *request, site_work *next);
// At the beginning of next: whose it is. Refuses with "wrong-passkey", "suspended" or "try-again".
XICA_MUST_CHECK int passkey_settle(struct store_txn *txn, struct site_request *request, struct store_person *ret_person);
