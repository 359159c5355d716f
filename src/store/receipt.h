// The validator's receipts (validate/receipt.h) for an authorization: sealed bytes, kept as they came, handed to the signer.
#pragma once
#include "store/store.h"
#include "validate/receipt.h"

struct store_receipt {
	int64_t authz;
	enum receipt_kind kind;     // one of each kind at most
	enum receipt_method method;
	struct view bytes;
	xica_time expires;
};

// Replaces an earlier one of this kind. XICA_ENOTFOUND: no such authorization.
XICA_MUST_CHECK int store_receipt_put(struct store_txn *txn, const struct store_receipt *receipt);
XICA_MUST_CHECK int store_receipt_get(struct store_txn *txn, int64_t authz, enum receipt_kind kind, struct arena *arena,
				      struct store_receipt *ret_receipt);
XICA_MUST_CHECK int store_receipt_list(struct store_txn *txn, int64_t authz, struct arena *arena, struct store_receipt **ret_list,
				       size_t *ret_count);
