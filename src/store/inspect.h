// Rows as the inspection of a CA wants them (inspect/run.h): with the columns that nothing else asks for, and all of them, in portions.
#pragma once
#include "store/certificate.h"

struct store_inspect_row {
	int64_t id;
	struct store_certificate certificate;
	bool on_crl;
	unsigned noticed;       // letters about its end that were sent
	int64_t account_person; // whose its account is now; 0: nobody's
};

XICA_MUST_CHECK int store_inspect_row(struct store_txn *txn, struct view serial, struct arena *arena, struct store_inspect_row *ret_row);
// Is it found by this name?
XICA_MUST_CHECK int store_inspect_has_name(struct store_txn *txn, struct view name, int64_t id, bool *ret_has);

struct store_inspect_entry {
	int64_t id;
	struct view serial;
	enum store_certificate_status status;
	xica_time revoked_at;
	size_t names;           // in its row
};
// With a number above after and up to last, by number, at most limit.
XICA_MUST_CHECK int store_inspect_entries(struct store_txn *txn, int64_t after, int64_t last, size_t limit, struct arena *arena,
					  struct store_inspect_entry **ret_list, size_t *ret_count);
XICA_MUST_CHECK int store_inspect_last(struct store_txn *txn, int64_t *ret_last); // the highest number; 0: there are none
// Names in the index of certificates with a number up to last. Reads all of the index.
XICA_MUST_CHECK int store_inspect_count_names(struct store_txn *txn, int64_t last, uint64_t *ret_count);
struct store_inspect_changed { // an account that is not valid; a person who is suspended, or an operator
	int64_t id;
	unsigned status;        // of the enum of its aggregate
	bool flag;              // an account: it rests with its person; a person: is an operator
};
// With a number above after, by number, at most limit; so do those that follow.
typedef int store_inspect_list_changed(struct store_txn *txn, int64_t after, size_t limit, struct arena *arena, struct store_inspect_changed **ret_list, size_t *ret_count);
XICA_MUST_CHECK store_inspect_list_changed store_inspect_accounts, store_inspect_people;
typedef int store_inspect_list_ids(struct store_txn *txn, int64_t after, size_t limit, struct arena *arena, int64_t **ret_ids, size_t *ret_count);
XICA_MUST_CHECK store_inspect_list_ids store_inspect_orders; // that have a certificate, or say so
XICA_MUST_CHECK store_inspect_list_ids store_inspect_orders_below; // with a CAA receipt of their own (RFC 9444)
XICA_MUST_CHECK store_inspect_list_ids store_inspect_authzs; // that are valid, or have a receipt
// Does a note of its revocation wait for the audit log (operator_note.h)? Reads all that wait.
XICA_MUST_CHECK int store_inspect_note_waits(struct store_txn *txn, struct view serial, bool *ret_waits);
