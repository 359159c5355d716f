// May this CA issue for this name? (RFC 8659 §3 and §4, RFC 8657)
//
// The first name from the identifier upwards that has CAA records decides. Any failure to look is a refusal.
#pragma once
#include "validate/challenge.h"

struct caa_policy { // who asks
	const char *const *identities; // of this CA
	size_t identity_count;
	struct view account_url;       // for accounturi
	struct view method;            // "http-01", for validationmethods
};

// What the records at one name say (list is RDATA). Pure. XICA_EDENIED: they forbid; *ret_why is a clause in arena that follows the name.
XICA_MUST_CHECK int caa_decide(const struct view *list, size_t count, bool wildcard, const struct caa_policy *policy, struct arena *arena,
			       const char **ret_why);

struct caa_check;
// Climbs from the identifier. done as in challenge.h: ACME_CAA (forbidden), ACME_DNS (a look-up failed). policy's views must outlive the run.
XICA_MUST_CHECK int caa_check_start(struct dns_resolver *resolver, const struct pki_identifier *identifier, const struct caa_policy *policy,
				    challenge_done *done, void *context, struct caa_check **ret_check);
void caa_check_cancel(struct caa_check *check); // NULL is fine
