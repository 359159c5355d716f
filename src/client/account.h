// The ACME account (RFC 8555 §7.3): its key and its URL in a folder, found again or opened.
#pragma once
#include "client/acme.h"

struct client_account_options {
	const char *folder;           // one per CA; made with mode 0700, key.pem in it with 0600
	const char *email;            // NULL: no contact
	const char *eab_kid, *eab_key; // external account binding (§7.3.4), the key in base64url; both or neither
	bool look_first;              // by client_account_enter: before anybody is asked about terms, look whether there is an account already
	bool agrees;                  // with the CA's terms of service
	bool (*ask)(const char *terms_url, void *context); // where not: asks whether; NULL: nobody is there
	void *ask_context;
};

// For acme->key, which is set: the account whose URL acme->kid is, where it is known and still good; else the one that the CA has for the key, or a new one.
// Sets acme->kid. folder isn't used. Errors as below.
XICA_MUST_CHECK int client_account_enter(struct client_acme *acme, const struct client_account_options *options, struct client_trouble *trouble);
// Loads or makes the key, finds or opens the account. acme->key and acme->kid are set.
// XICA_EDENIED with words on what to do: the CA wants an external account key, agreement, or refuses.
XICA_MUST_CHECK int client_account_open(struct client_acme *acme, const struct client_account_options *options, struct client_trouble *trouble);
