// What the routes of "who somebody is" share: addresses, passwords that the login role is asked about, second factors.
#pragma once
#include "site/site.h"

enum { WHO_TEXT_MAX = 1024, WHO_LINK_LIFETIME = XICA_DAY, WHO_RESET_LIFETIME = XICA_HOUR, WHO_PENDING = 5 * XICA_MINUTE };

// What such a request carries from unit to unit: request->state.
struct who {
	struct view address, key;   // as written, and lower case
	struct view password, hash; // to be checked against hash, or to be hashed
	struct view new_password, new_hash;
	struct view try_who;        // whom the try that was counted is against (site_try.h)
	int64_t person;
	uint8_t token_hash[STORE_HASH_LEN];
	enum site_login_result result;
	site_work *next;
};

// The request's own, made at the first call; NULL: no memory.
struct who *who_of(struct site_request *request);

// The host of the CA's URL, without its port.
struct view who_host(const struct site_request *request);

// Member of the body: an address. Refuses with "address".
XICA_MUST_CHECK int who_address(struct site_request *request, const char *member, struct view *ret_address, struct view *ret_key);
// Member of the body: a new password of the person with this address. Refuses with what password_refusal says.
XICA_MUST_CHECK int who_new_password(struct site_request *request, const char *member, struct view address, struct view *ret_password);
// Member of the body: a token of a letter. Refuses with "wrong-token".
XICA_MUST_CHECK int who_token(struct site_request *request, uint8_t ret_hash[STORE_HASH_LEN]);
int who_wrong_token(struct site_request *request); // that refusal

// For request->then. Is who->password that of who->hash (empty: of nobody; it takes as long)? who->next goes on with who->result. Where the
// password was right but hashed by older parameters, who->new_hash is one by newer ones.
void who_check_password(struct site_request *request);
// For request->then. who->next goes on with who->new_hash of who->new_password; where nobody could make it, who->result is SITE_LOGIN_FAILED.
void who_hash_password(struct site_request *request);
// At the beginning of who->next after who_check_password: settles the try that was counted. 0: it was right. XICA_EDENIED: it was not; the refusal is filled in
// and the unit must be kept, by returning 0.
XICA_MUST_CHECK int who_settle(struct store_txn *txn, struct site_request *request, const char *field, const char *word);
// Nobody could look: as who_settle's refusal then. Returns XICA_EDENIED.
int who_busy(struct site_request *request);

// The links of letters that could still change how the person gets in, to another password or address, are void: who asked for them may be whom it is to keep out.
XICA_MUST_CHECK int who_void_links(struct store_txn *txn, int64_t person);
// Whom a wrong password is counted against: the address; from a browser that this person (0: nobody) used before, the address and that browser. So strangers
// who try can keep out each other, but not the one whose address it is.
XICA_MUST_CHECK int who_try_against(struct store_txn *txn, struct site_request *request, struct view key, int64_t person);
// A person's session begins, with an event. way: "password", "code", "recovery-code", "passkey".
XICA_MUST_CHECK int who_signed_in(struct store_txn *txn, struct site_request *request, const struct store_person *person, const char *way);

// --- works of tables that stand in another file
site_work who_reset, who_reset_finish;                               // resetting.c
site_work who_address_change, who_address_confirm;                   // person_address.c
site_work who_export;                                                // person_export.c
