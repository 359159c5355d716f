// What the payloads of ACME requests say (RFC 8555 §7). Each parser takes the JWS payload and fills a struct whose memory is the arena's. On XICA_EPARSE the
// problem is filled in for the client; members that nobody defined are ignored, as §6.1 wants.
#pragma once
#include "acme/problem.h"
#include "base/clock.h"

enum { ACME_CONTACTS_MAX = 10, ACME_CONTACT_LEN_MAX = 254 };

struct acme_contacts {
	bool given;
	const char *json; // text of an array, as the store keeps it
};

struct acme_new_account {
	bool only_return_existing;
	bool terms_agreed;
	struct acme_contacts contacts;
	struct view external_binding; // text of the inner JWS; empty: none
};

struct acme_account_update {
	struct acme_contacts contacts;
	bool deactivate;
	bool terms_agreed;
};

struct acme_ancestor { // RFC 9444 §4.2: this identifier may be proven by that domain
	struct pki_identifier below;
	struct view domain;
};

struct acme_new_order {
	struct pki_identifier *identifiers; // without duplicates, in canonical order
	size_t count;
	struct acme_ancestor *ancestors;
	size_t ancestor_count;
	xica_time not_before, not_after;    // 0: not asked for
	const char *profile;                // NULL: the default
	struct view replaces;               // the certificate's identifier as it was written (acme/cert_id.h); empty: none
};

struct acme_new_authz {
	struct pki_identifier identifier;
	bool subdomains;         // and of the names below it (RFC 9444 §4.1)
};

struct acme_revocation {
	struct view certificate; // DER
	int reason;              // RFC 5280 §5.3.1; 0: unspecified
};

struct acme_key_rollover { // the payload of keyChange's inner JWS, §7.3.5
	const char *account;
	struct view old_key; // text of the JWK
};

enum { ACME_CODE_LEN_MAX = 64 };

struct acme_email_answer { // to an email-01 challenge (docs/acme-email.md): exactly one of address and code
	struct view address;  // where a letter is to go; empty: none is asked for
	struct view code;     // as it was typed
	const char *language; // of the letter, two lower-case letters; NULL: not said
};

// What an identifier may be here.
struct acme_name_policy {
	bool lenient;
	size_t names_max;
};

XICA_MUST_CHECK int acme_parse_new_account(struct view payload, struct arena *arena, struct acme_new_account *ret, struct acme_problem *problem);
XICA_MUST_CHECK int acme_parse_account_update(struct view payload, struct arena *arena, struct acme_account_update *ret, struct acme_problem *problem);
XICA_MUST_CHECK int acme_parse_new_order(struct view payload, const struct acme_name_policy *policy, struct arena *arena,
					 struct acme_new_order *ret, struct acme_problem *problem);
XICA_MUST_CHECK int acme_parse_new_authz(struct view payload, const struct acme_name_policy *policy, struct arena *arena,
					 struct acme_new_authz *ret, struct acme_problem *problem);
// The domain by which the order's client wants this identifier proven; empty: it didn't say.
struct view acme_new_order_ancestor(const struct acme_new_order *order, const struct pki_identifier *identifier);
XICA_MUST_CHECK int acme_parse_authz_update(struct view payload, bool *ret_deactivate, struct acme_problem *problem);
XICA_MUST_CHECK int acme_parse_challenge(struct view payload, struct acme_problem *problem); // any JSON object
XICA_MUST_CHECK int acme_parse_email_answer(struct view payload, struct arena *arena, struct acme_email_answer *ret, struct acme_problem *problem);
XICA_MUST_CHECK int acme_parse_finalize(struct view payload, struct arena *arena, struct view *ret_csr, struct acme_problem *problem);
XICA_MUST_CHECK int acme_parse_revocation(struct view payload, struct arena *arena, struct acme_revocation *ret, struct acme_problem *problem);
XICA_MUST_CHECK int acme_parse_key_rollover(struct view payload, struct arena *arena, struct acme_key_rollover *ret, struct acme_problem *problem);
