// What a person's accounts have proved, and who else is concerned by a domain.
#pragma once
#include "store/authz.h"
#include "store/certificate.h"
#include "store/receipt.h"

struct store_domain {
	struct store_authz authz;     // a valid one
	enum receipt_method method;   // of its receipt; 0: there is none
	struct view kid;              // EAB key that its account was opened with
	struct view key_name;         // that key's name
};

// Valid authorizations, not expired at now, of all accounts of a person: newest account first, in it the newest authorization. The same identifier may come
// more than once. after: the last authorization's id of the page before; 0: the first page. XICA_ENOTFOUND: after is none of this person's.
XICA_MUST_CHECK int store_domain_list(struct store_txn *txn, int64_t person, xica_time now, int64_t after, size_t limit, struct arena *arena,
				      struct store_domain **ret_list, size_t *ret_count);
// People who should know that a certificate for this domain was issued to account: those who hold an issued certificate (not expired at now) for it or for
// *.domain, or a valid authorization, through another account. Not the person whose account this is. Each once, by id.
XICA_MUST_CHECK int store_domain_owners(struct store_txn *txn, struct view domain, int64_t account, xica_time now, struct arena *arena,
					int64_t **ret_persons, size_t *ret_count);
// People who should know that account got a certificate for a name below their domain: those who hold, through another account, a valid authorization of it that is for the names
// below too (RFC 9444); where the name is right below (parent), also those who hold a valid authorization or an issued certificate for *.above. As store_domain_owners.
XICA_MUST_CHECK int store_domain_owners_above(struct store_txn *txn, struct view above, bool parent, int64_t account, xica_time now, struct arena *arena,
					      int64_t **ret_persons, size_t *ret_count);
// Was a certificate with this name issued to the same account before this one?
XICA_MUST_CHECK int store_domain_had(struct store_txn *txn, struct view name, const struct store_certificate *certificate, bool *ret_had);
