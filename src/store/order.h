// Orders (RFC 8555 §7.1.3): states of §7.1.6, which authorizations they hold, what they were finalized with.
#pragma once
#include "store/store.h"

enum store_order_status {
	STORE_ORDER_PENDING = 1,
	STORE_ORDER_READY = 2,
	STORE_ORDER_PROCESSING = 3,
	STORE_ORDER_VALID = 4,
	STORE_ORDER_INVALID = 5,
};

enum { STORE_ORDER_KEPT = 180 * XICA_DAY }; // behind its certificate's end: people come late to renew with the request that they have

enum store_order_review { STORE_REVIEW_NONE = 0, STORE_REVIEW_WAITS = 1, STORE_REVIEW_APPROVED = 2 }; // by an operator, for names of high risk

struct store_order {
	int64_t id;              // from 1; never used twice
	int64_t account;
	enum store_order_status status;
	xica_time created;
	xica_time expires;
	xica_time not_before;    // asked for; 0: not
	xica_time not_after;
	struct view profile;
	uint8_t names_hash[STORE_HASH_LEN]; // of the sorted identifiers: the same names give the same hash
	struct view error;       // problem document as JSON text; empty: none
	struct view csr;         // DER; empty before finalize
	struct view finalize_jws; // the whole request as signed
	struct view serial;      // of the certificate; empty: none
	enum store_order_review review;
	struct view replaces;    // serial of the certificate that it says to replace (RFC 9773 §5); empty: none
};

// Fields used: account, status (pending or ready), created, expires, not_before, not_after, profile, names_hash, review, replaces. The order of authzs is kept. XICA_ENOTFOUND:
// no such account or authorization. XICA_EEXIST: another order, not invalid, replaces the same certificate.
XICA_MUST_CHECK int store_order_insert(struct store_txn *txn, const struct store_order *order, const int64_t *authzs, size_t authz_count,
				       int64_t *ret_id);
// Marks the order as counted for its domains' limits (store/limit.h). XICA_ECONFLICT: it was already.
XICA_MUST_CHECK int store_order_count(struct store_txn *txn, int64_t id);
// The one order, not invalid (but perhaps unfinished and expired), that replaces the certificate with this serial, whosever it is. XICA_ENOTFOUND: none.
XICA_MUST_CHECK int store_order_replacing(struct store_txn *txn, struct view serial, struct arena *arena, struct store_order *ret_order);
// XICA_ENOTFOUND also for another account's order.
XICA_MUST_CHECK int store_order_get(struct store_txn *txn, int64_t account, int64_t id, struct arena *arena, struct store_order *ret_order);
XICA_MUST_CHECK int store_order_by_id(struct store_txn *txn, int64_t id, struct arena *arena, struct store_order *ret_order);
// Ids of its authorizations in the order in which they were given. (Their rows: store_authz_of_order.)
XICA_MUST_CHECK int store_order_authzs(struct store_txn *txn, int64_t id, struct arena *arena, int64_t **ret_ids, size_t *ret_count);
// The account's orders with an id above after, oldest first, at most limit; §7.1.2.1: invalid ones need not be shown.
XICA_MUST_CHECK int store_order_list(struct store_txn *txn, int64_t account, int64_t after, size_t limit, bool with_invalid, struct arena *arena,
				     int64_t **ret_ids, size_t *ret_count);
// The newest pending or ready order not expired at now that equals like in account, names_hash, profile, not_before, not_after.
XICA_MUST_CHECK int store_order_find_reusable(struct store_txn *txn, const struct store_order *like, xica_time now, struct arena *arena,
					      struct store_order *ret_order);
// Pending and ready orders that hold this authorization.
XICA_MUST_CHECK int store_order_unfinished_with(struct store_txn *txn, int64_t authz, struct arena *arena, int64_t **ret_ids, size_t *ret_count);
// For recovery: orders in processing with an id above after, at most limit.
XICA_MUST_CHECK int store_order_list_processing(struct store_txn *txn, int64_t after, size_t limit, struct arena *arena, int64_t **ret_ids,
						size_t *ret_count);

// The changes of status; XICA_ECONFLICT when the order is not in the state that each starts from.
// A pending or ready order expires then, where it would have later: no order outlives its authorizations.
XICA_MUST_CHECK int store_order_end_by(struct store_txn *txn, int64_t id, xica_time expires);
XICA_MUST_CHECK int store_order_ready(struct store_txn *txn, int64_t id); // pending -> ready
// What the order is finalized by, instead of what it was.
XICA_MUST_CHECK int store_order_put_request(struct store_txn *txn, int64_t id, struct view csr, struct view finalize_jws);
XICA_MUST_CHECK int store_order_process(struct store_txn *txn, int64_t id, struct view csr, struct view finalize_jws); // ready -> processing
// processing -> ready: the request to finalize was refused for what another one may do better (RFC 8555 §7.4). Its csr and jws are forgotten.
XICA_MUST_CHECK int store_order_return(struct store_txn *txn, int64_t id);
// processing -> valid. The order and its authorizations stay until keep_until (the certificate's notAfter) at least.
XICA_MUST_CHECK int store_order_complete(struct store_txn *txn, int64_t id, struct view serial, xica_time keep_until);
// from (pending, ready or processing) -> invalid. error: problem document as JSON text.
XICA_MUST_CHECK int store_order_fail(struct store_txn *txn, int64_t id, enum store_order_status from, struct view error);

// Compare-and-set of an order that has not ended; XICA_ECONFLICT otherwise. (Refusing is store_order_fail.)
XICA_MUST_CHECK int store_order_review(struct store_txn *txn, int64_t id, enum store_order_review from, enum store_order_review to);
// How many are open, in each state. Those that have expired are until clean-up has ended them. Reads all of them, and no others: to be asked once; from then on store_stats tells
// what came into each state and left it.
struct store_orders_open {
	int64_t pending, ready, processing;
};
XICA_MUST_CHECK int store_order_count_open(struct store_txn *txn, struct store_orders_open *ret_open);
// Pending, ready and processing ones that wait for an operator, with an id above after, oldest first, at most limit.
XICA_MUST_CHECK int store_order_list_review(struct store_txn *txn, int64_t after, size_t limit, struct arena *arena, int64_t **ret_ids, size_t *ret_count);
