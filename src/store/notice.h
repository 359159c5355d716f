// Which letters about a certificate's end have gone out.
#pragma once
#include "store/store.h"

// In this order: one that was sent makes those before it superfluous.
enum store_notice { STORE_NOTICE_NONE = 0, STORE_NOTICE_FIRST = 1, STORE_NOTICE_SECOND = 2, STORE_NOTICE_LAST = 3 }; // 20, 7 and 1 days before

// Serials of issued certificates of people that expire after now and not after until, for which neither this notice nor a later one went out; at most limit.
XICA_MUST_CHECK int store_notice_due(struct store_txn *txn, enum store_notice notice, xica_time now, xica_time until, size_t limit, struct arena *arena,
				     struct view **ret_serials, size_t *ret_count);
// It went into the queue (or is not wanted: the certificate was renewed, or the person switched it off). XICA_ECONFLICT: this one or a later one did before.
XICA_MUST_CHECK int store_notice_done(struct store_txn *txn, struct view serial, enum store_notice notice);
