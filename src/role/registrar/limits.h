// What somebody may do only so often (store/limit.h, limits { } in the configuration). All of it happens in the unit of work of what is limited, so that nothing is
// taken for what doesn't happen, and many at the same time get no more than one after the other.
//
// A stranger must not be able to use up what is another's: so certificates per domain are counted when an order is finalized, which takes a proof of every name; newOrder
// only looks, to tell early. All else is the account's or address's own.
#pragma once
#include "role/registrar/registrar.h"
#include "store/limit.h"

// XICA_EDENIED from all of these: rateLimited, with a sentence that says which limit, and Retry-After.
int registrar_limit_account(struct store_txn *txn, struct request *request); // a new one is about to be opened
// A new order for these names. is_renewal: it replaces a certificate whose time has come (RFC 9773): neither its names nor its domains are counted then.
int registrar_limit_order(struct store_txn *txn, struct request *request, const struct pki_identifier *identifiers, size_t count,
			  const uint8_t names_hash[STORE_HASH_LEN], bool is_renewal);
int registrar_limit_authz(struct store_txn *txn, struct request *request); // newAuthz
// A new authorization, or a challenge's validation, for this name: did too many fail?
int registrar_limit_validation(struct store_txn *txn, struct request *request, const struct pki_identifier *identifier);
// An order goes to processing for the first time.
int registrar_limit_certificate(struct store_txn *txn, struct request *request, const struct store_order *order, const struct store_order_name *names, size_t count);
// A validation failed, and not by our own fault.
XICA_MUST_CHECK int registrar_limit_failed(struct store_txn *txn, const struct registrar *registrar, int64_t account, const struct pki_identifier *identifier,
					   struct arena *arena);
// For the reply to a request that one of these refused: counts it, and says it in the log. Not where it is refused: that may be undone, or happen again.
void registrar_limit_refused(const struct request *request);
// The address, or network, as a limit's owner; in arena. NULL: no memory, or no address.
const char *registrar_limit_network(const char *address, unsigned prefix4, unsigned prefix6, struct arena *arena);
