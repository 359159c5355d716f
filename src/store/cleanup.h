// Deletes what is no longer needed, a bounded number of rows a call, so that the database grows with the number of certificates alone.
//
//   table               bounded by
//   account, key_change what people register; limited by rate and by policy, never deleted
//   eab_key             what the operator made
//   orders, order_authz unfinished: their lifetime + grace; valid: until 180 days after their certificate's end + grace
//   authz, challenge,   their lifetime + grace, or as long as an order holds them
//   receipt
//   certificate,        never deleted: about 3 KB each
//   certificate_name
//   certificate_expiry  one row a day on which a certificate expires; past days go
//   crl, crl_shard      issuers x shards
//   blocked             what operators made
//   blocked_key         what was reported; never deleted
//   person              what people register; unconfirmed sign-ups are tokens
//   token               until they expire
//   session             until they end: idle or expired
//   pending             until they expire
//   attempt             until they are forgotten
//   rate_limit          as long as it can refuse something
//   rate_override       what operators made
//   code_letter         goes with its authorization
//   operator_note       until the audit log has it
//   device, event       two years
//   mail                waiting ones; sent: 7 days, failed: 30 days
//   statistic           a few dozen rows a day, never deleted
#pragma once
#include "store/store.h"

struct store_cleanup {
	xica_time now;
	xica_time grace;         // seconds that a dead order or authorization can still be looked at
	size_t limit;            // rows of each kind; 0: 500
};

struct store_cleanup_result {
	size_t orders_expired;   // pending or ready -> invalid
	size_t authzs_expired;   // pending -> invalid, valid -> expired
	size_t orders_deleted;
	size_t authzs_deleted;   // with their challenges and receipts
	size_t revocations_delisted; // expired for longer than grace, and on a CRL since: no more on CRLs
	size_t site_deleted;     // tokens, sessions, pending values, attempts, devices, events, letters
	bool more;               // a limit was reached: call again soon
};

XICA_MUST_CHECK int store_cleanup(struct store_txn *txn, const struct store_cleanup *options, struct store_cleanup_result *ret_result);
