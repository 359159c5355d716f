// Where the signer's audit log ends, as far as this database knows: what it tells of here must be there.
#pragma once
#include "store/store.h"

struct store_audit_head {
	uint64_t size;      // bytes of the log up to the end of that line
	struct view hash;   // the line's SHA-256 in hexadecimal (role/audit/chain.h)
};

// One that is not further than what is kept changes nothing.
XICA_MUST_CHECK int store_audit_head_put(struct store_txn *txn, const struct store_audit_head *head);
XICA_MUST_CHECK int store_audit_head_get(struct store_txn *txn, struct arena *arena, struct store_audit_head *ret_head); // XICA_ENOTFOUND: none yet
