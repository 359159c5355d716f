// Authorizations (RFC 8555 §7.1.4): which account proved control of which identifier. The wildcard flag is part of the identifier: a proof for
// *.example.org is none for example.org.
#pragma once
#include "pki/names.h"
#include "store/challenge.h"

enum store_authz_status {
	STORE_AUTHZ_PENDING = 1,
	STORE_AUTHZ_VALID = 2,
	STORE_AUTHZ_INVALID = 3,
	STORE_AUTHZ_DEACTIVATED = 4,
	STORE_AUTHZ_EXPIRED = 5,
	STORE_AUTHZ_REVOKED = 6,
};

struct store_authz {
	int64_t id;              // from 1; never used twice
	int64_t account;
	struct pki_identifier identifier;
	enum store_authz_status status;
	xica_time created;
	xica_time expires;       // of the pending one; once valid, of the proof
	bool subdomains;         // of a dns identifier: and for the names below it (RFC 9444)
};

// id is ignored. challenges: type and token are used, each starts pending; at least one, each type once (XICA_EEXIST).
XICA_MUST_CHECK int store_authz_insert(struct store_txn *txn, const struct store_authz *authz, const struct store_challenge *challenges,
				       size_t challenge_count, int64_t *ret_id);
// XICA_ENOTFOUND also for another account's authorization.
XICA_MUST_CHECK int store_authz_get(struct store_txn *txn, int64_t account, int64_t id, struct arena *arena, struct store_authz *ret_authz);
XICA_MUST_CHECK int store_authz_by_id(struct store_txn *txn, int64_t id, struct arena *arena, struct store_authz *ret_authz);
// Those of an order, each once, in its order.
XICA_MUST_CHECK int store_authz_of_order(struct store_txn *txn, int64_t order, struct arena *arena, struct store_authz **ret_list,
					 size_t *ret_count);
// The names of an order: each with the authorization that proves it.
struct store_order_name {
	struct pki_identifier identifier;
	bool below;              // the authorization is that of a domain above it
	struct view caa;         // where below: the CAA receipt of this name; empty: none yet
	struct store_authz authz;
};
XICA_MUST_CHECK int store_authz_order_names(struct store_txn *txn, int64_t order, struct arena *arena, struct store_order_name **ret_list,
					    size_t *ret_count);
// In a new order: at this position (from 0) stands a name below the authorization's own.
XICA_MUST_CHECK int store_authz_order_below(struct store_txn *txn, int64_t order, size_t position, struct view name);
XICA_MUST_CHECK int store_authz_order_caa(struct store_txn *txn, int64_t order, size_t position, struct view receipt);
// As store_authz_find, of those that are for the names below as well (subdomains), or of those that are not. A valid one for them is one for the domain too.
XICA_MUST_CHECK int store_authz_find_scope(struct store_txn *txn, int64_t account, const struct pki_identifier *identifier, bool subdomains,
					   enum store_authz_status status, xica_time now, struct arena *arena, struct store_authz *ret_authz);
// Of the account's authorizations for exactly this identifier in this status (pending or valid) and not expired at now, the newest.
XICA_MUST_CHECK int store_authz_find(struct store_txn *txn, int64_t account, const struct pki_identifier *identifier,
				     enum store_authz_status status, xica_time now, struct arena *arena, struct store_authz *ret_authz);
// Is there a valid one? (RFC 8555 §7.6: revocation by an account that holds authorizations for all names)
XICA_MUST_CHECK int store_authz_has_valid(struct store_txn *txn, int64_t account, const struct pki_identifier *identifier, xica_time now,
					  bool *ret_has);
// XICA_ECONFLICT: not in status from. expires: the new one; 0 leaves it.
XICA_MUST_CHECK int store_authz_change(struct store_txn *txn, int64_t id, enum store_authz_status from, enum store_authz_status to,
				       xica_time expires);

// --- for this room

// In an UPDATE of authz: how long its orders need it. Whoever ends an authorization keeps it for so long (authz.keep_until), and until then that is nobody's concern; an order that
// becomes valid after that does it itself.
#define AUTHZ_HELD_UNTIL "coalesce((SELECT max(o.keep_until) FROM order_authz AS l JOIN orders AS o ON o.id = l.order_id WHERE l.authz_id = authz.id), 0)"
