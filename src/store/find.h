// Lists of certificates and orders, newest first, by whatever combination of properties: what an operator looks for. Each call looks at a bounded number of rows of one index
// and says where the next one goes on, so that a rare property of a million rows never holds up the registrar.
#pragma once
#include "store/certificate.h"
#include "store/order.h"

enum { STORE_FIND_PORTION = 20000 }; // entries of the index that a call looks at

struct store_find {
	struct view name;        // exactly this one; empty: any
	int64_t account;         // 0: any
	unsigned status;         // enum store_certificate_status or store_order_status; 0: any
	struct view profile;     // empty: any
	xica_time since, until;  // made at or after; made before. 0: any
	xica_time expires_before; // notAfter before this: certificates alone. 0: any
	int64_t below;           // rows with a smaller number; 0: from the newest
	size_t limit;            // of what is found
};

struct store_found {
	int64_t *ids;
	size_t count;
	int64_t next;            // the next call's below; 0: there are no more
};

XICA_MUST_CHECK int store_certificate_find(struct store_txn *txn, const struct store_find *find, struct arena *arena, struct store_found *ret_found);
XICA_MUST_CHECK int store_order_find(struct store_txn *txn, const struct store_find *find, struct arena *arena, struct store_found *ret_found);
// Between the numbers above and the serials that people go by. XICA_ENOTFOUND.
XICA_MUST_CHECK int store_certificate_number(struct store_txn *txn, struct view serial, int64_t *ret_id);
XICA_MUST_CHECK int store_certificate_serial(struct store_txn *txn, int64_t id, struct arena *arena, struct view *ret_serial);
