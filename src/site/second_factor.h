// The second factor: codes of an authenticator app (totp.h), recovery codes, passkeys.
#pragma once
#include "site/site.h"

enum { RECOVERY_CODES = 10 };

// Is one asked for at log-in?
XICA_MUST_CHECK int second_factor_has(struct store_txn *txn, const struct store_person *person, bool *ret_has);
// Which there are: "totp" and "passkeys", true or false.
XICA_MUST_CHECK int second_factor_add(struct store_txn *txn, const struct store_person *person, json_t *object);
// Member "code" of the body, against request->person: of the app or a recovery code, each good once. ret_way: "code" or "recovery-code".
// XICA_EDENIED with status 422 "wrong-code": the unit must be kept (return 0), so that the try stays counted; with 429: too many.
XICA_MUST_CHECK int second_factor_check(struct store_txn *txn, struct site_request *request, const char **ret_way);
// May any of it be changed? By an operator who has one, only while the console is open: it is the second factor that opens it, and neither the password nor a
// stolen cookie shall get around that by making another. XICA_EDENIED: 403 "enter-console".
XICA_MUST_CHECK int second_factor_may_change(struct store_txn *txn, struct site_request *request);

// --- recovery.c
// Ten new codes; those before are void. ret_codes: their texts, to be shown this once.
XICA_MUST_CHECK int recovery_make(struct store_txn *txn, int64_t person, json_t **ret_codes);
// The same where there are none yet; else ret_codes is NULL.
XICA_MUST_CHECK int recovery_make_first(struct store_txn *txn, int64_t person, json_t **ret_codes);
// Uses one up. XICA_ENOTFOUND: it isn't one. Case, blanks and hyphens don't matter.
XICA_MUST_CHECK int recovery_take(struct store_txn *txn, int64_t person, struct view code);
