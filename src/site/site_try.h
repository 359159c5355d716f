// Wrong tries, counted for whom they are made against and for the client's address (of IPv6 its /64, which is one customer's). A try is counted before it is made
// and taken back where it was right: so that many at a time don't get around the wait.
#pragma once
#include "site/site.h"

#define SITE_TRY_PASSWORD "password" // against an address
#define SITE_TRY_CODE "code"         // against a person's number
#define SITE_TRY_LINK "link"         // the tokens of letters
#define SITE_TRY_LETTER "letter"     // letters that somebody else may not want, to an address
#define SITE_TRY_NOTICE "notice"     // letters about new browsers, to an address: strangers who ask for other letters do not use these up
#define SITE_TRY_EXPORT "export"     // all that is kept about a person, by their number: much to read

// The counter of a client's address, of IPv6 of its /64, for what (store/attempt.h).
XICA_MUST_CHECK int site_try_remote(struct view remote, const char *what, uint8_t ret_key[STORE_HASH_LEN]);

// what: one of the words above. who may be empty: the client's address is counted alone. Refuses with 429 "too-many-tries".
XICA_MUST_CHECK int site_try_begin(struct store_txn *txn, struct site_request *request, const char *what, struct view who);
// It was right: those against who are forgotten, and of the client's address this one.
XICA_MUST_CHECK int site_try_right(struct store_txn *txn, struct site_request *request, const char *what, struct view who);
// Nobody could look: it doesn't count.
XICA_MUST_CHECK int site_try_void(struct store_txn *txn, struct site_request *request, const char *what, struct view who);
// Looks at somebody's XMPP servers, for a person: each makes the CA connect. Counted for the person alone. Refuses with 429 "too-many-tries".
XICA_MUST_CHECK int site_try_look(struct store_txn *txn, struct site_request *request);
// Counts a letter (SITE_TRY_LETTER or SITE_TRY_NOTICE) to this address. ret_may: may it go, or did too many go there lately? The client is told nothing of that.
XICA_MUST_CHECK int site_try_letter(struct store_txn *txn, struct site_request *request, const char *what, struct view to, bool *ret_may);
