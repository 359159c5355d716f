// Rates (base/rate.h) that survive a crash: one row for each kind and subject that is limited just now.
//
//   kind                   owner                                   subject
//   accounts-per-address   the address (of IPv6: its /64)          the same
//   accounts-per-network   the network (/24, of IPv6: /48)         the same
//   orders-per-account     the account's number                    the same
//   orders-per-names       the account's number                    OWNER ":" hash of the set of names
//   certificates-per-domain the registrable domain                 the same
//   failed-validations     the account's number                    OWNER ":" the identifier
//
// An IPv6 owner has colons itself and is a whole /64 or /48: none of them begins with another one and a colon.
// A row stays as long as it may refuse something; one whose TAT is over says nothing and is cleaned away (cleanup.h).
#pragma once
#include "base/rate.h"
#include "store/store.h"

enum store_limit_kind { // numbers of the database
	STORE_LIMIT_ACCOUNTS_PER_ADDRESS = 1,
	STORE_LIMIT_ACCOUNTS_PER_NETWORK,
	STORE_LIMIT_ORDERS_PER_ACCOUNT,
	STORE_LIMIT_ORDERS_PER_NAMES,
	STORE_LIMIT_CERTIFICATES_PER_DOMAIN,
	STORE_LIMIT_FAILED_VALIDATIONS,
	STORE_LIMIT_KIND_END,
};

const char *store_limit_kind_text(enum store_limit_kind kind); // "orders-per-account"; NULL: none
bool store_limit_kind_parse(struct view text, enum store_limit_kind *ret_kind);

struct store_limit {
	enum store_limit_kind kind;
	struct view owner, subject; // subject begins with owner
	struct view note;           // for people; may be empty
	struct rate rate;           // unless an operator decided otherwise for the owner
};

// May it happen once more? *ret_wait: seconds until it may; 0: now, and by take it has. ret_rate (may be NULL): which rate counts.
XICA_MUST_CHECK int store_limit_look(struct store_txn *txn, const struct store_limit *limit, xica_time now, xica_time *ret_wait, struct rate *ret_rate);
XICA_MUST_CHECK int store_limit_take(struct store_txn *txn, const struct store_limit *limit, xica_time now, xica_time *ret_wait, struct rate *ret_rate);
// It has happened, whether it may or not.
XICA_MUST_CHECK int store_limit_count(struct store_txn *txn, const struct store_limit *limit, xica_time now);

// --- for operators

struct store_limit_row {
	enum store_limit_kind kind;
	struct view subject, note;
	int64_t tat_us;
};

struct store_limit_page {
	enum store_limit_kind kind;   // 0: all
	struct view owner;            // empty: all
	enum store_limit_kind after_kind; // behind this row of the page before; 0: from the beginning
	struct view after_subject;
	size_t limit;
};

XICA_MUST_CHECK int store_limit_list(struct store_txn *txn, const struct store_limit_page *page, xica_time now, struct arena *arena, struct store_limit_row **ret_list,
				     size_t *ret_count);
// Forgets what happened: of one kind (0: of all) and one owner.
XICA_MUST_CHECK int store_limit_reset(struct store_txn *txn, enum store_limit_kind kind, struct view owner, size_t *ret_count);

struct store_override {
	enum store_limit_kind kind;
	struct view owner, reason;
	struct rate rate; // RATE_NONE: no limit
	xica_time time;
};

XICA_MUST_CHECK int store_override_put(struct store_txn *txn, const struct store_override *override);
XICA_MUST_CHECK int store_override_delete(struct store_txn *txn, enum store_limit_kind kind, struct view owner); // XICA_ENOTFOUND
XICA_MUST_CHECK int store_override_get(struct store_txn *txn, enum store_limit_kind kind, struct view owner, struct arena *arena, struct store_override *ret_override);
// By kind and owner, behind this one (0 and empty: from the beginning).
XICA_MUST_CHECK int store_override_list(struct store_txn *txn, enum store_limit_kind after_kind, struct view after, size_t limit, struct arena *arena,
					struct store_override **ret_list, size_t *ret_count);
