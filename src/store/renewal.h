// When a certificate is to be renewed at once, because the operator says so (RFC 9773 §4.2: ahead of a revocation, mostly). A row for each such certificate.
#pragma once
#include "store/store.h"

struct store_renewal_call {
	xica_time time;          // since when
	struct view explanation; // URL of a page for people; empty: none
};

// Again for the same certificate: its time stays, the explanation is the new one.
XICA_MUST_CHECK int store_renewal_call_put(struct store_txn *txn, struct view serial, const struct store_renewal_call *call);
XICA_MUST_CHECK int store_renewal_call_get(struct store_txn *txn, struct view serial, struct arena *arena, struct store_renewal_call *ret_call); // XICA_ENOTFOUND
// Serials of those that are called for, in their order; after: the last of the page before, empty: from the beginning.
XICA_MUST_CHECK int store_renewal_call_list(struct store_txn *txn, struct view after, size_t limit, struct arena *arena, struct view **ret_serials, size_t *ret_count);
XICA_MUST_CHECK int store_renewal_call_drop(struct store_txn *txn, struct view serial); // XICA_ECONFLICT: there was none
