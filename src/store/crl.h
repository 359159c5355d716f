// The newest CRL of each (issuer, shard), and whether it is out of date: each revocation raises the shard's revision, a CRL remembers
// which revision it was made from.
#pragma once
#include "store/store.h"

struct store_crl {
	struct view issuer;
	uint32_t shard;
	uint64_t number;         // cRLNumber (RFC 5280 §5.2.3), below 2^63
	xica_time this_update;
	xica_time next_update;
	uint64_t revision;       // of the shard when its entries were read
	struct view der;
};

// How many revocations this shard has seen; 0 when none.
XICA_MUST_CHECK int store_crl_revision(struct store_txn *txn, struct view issuer, uint32_t shard, uint64_t *ret_revision);
// Replaces the one before. XICA_ECONFLICT: number is not above that one's.
XICA_MUST_CHECK int store_crl_put(struct store_txn *txn, const struct store_crl *crl);
XICA_MUST_CHECK int store_crl_get(struct store_txn *txn, struct view issuer, uint32_t shard, struct arena *arena, struct store_crl *ret_crl);
// One more than the highest shard of this issuer that ever had a CRL; 0 when none had.
XICA_MUST_CHECK int store_crl_shards(struct store_txn *txn, struct view issuer, uint32_t *ret_count);
// All, by issuer and shard.
XICA_MUST_CHECK int store_crl_list(struct store_txn *txn, struct arena *arena, struct store_crl **ret_list, size_t *ret_count);
