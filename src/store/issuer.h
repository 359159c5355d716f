// What is known of an issuer besides its certificates: until when its status is asked for.
#pragma once
#include "store/store.h"

// A certificate of this issuer ends then.
XICA_MUST_CHECK int store_issuer_note_end(struct store_txn *txn, struct view issuer, xica_time not_after);
// When the last one ends. XICA_ENOTFOUND: it has issued none.
XICA_MUST_CHECK int store_issuer_end(struct store_txn *txn, struct view issuer, xica_time *ret_not_after);

struct store_issuer_crls {
	size_t count;            // shards that have a CRL
	xica_time next_update;   // the earliest of them; 0: there is none
};
XICA_MUST_CHECK int store_issuer_crls(struct store_txn *txn, struct view issuer, struct store_issuer_crls *ret_crls);
