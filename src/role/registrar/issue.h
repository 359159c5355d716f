// One certificate's way from finalize to its row in the database. The steps, and what a crash in each of them costs:
//
//   LOADING     reads order, receipts and key changes
//   CHECKING    asks the validator again for CAA answers that are older than 8 hours
//   PREPARING   the signer verifies the evidence, builds and lints: PREPARED. Nothing is lost: it is asked again
//   RECORDING   serial and TBSCertificate are committed: from here on the row says what may have been signed. Where nothing stood in the way, the order was ready until now, and
//               goes to processing in this unit: one commit for both. A crash before it leaves a ready order, and a client that had no answer. Another finalize waits (finalize.c).
//               Where the account was deactivated or suspended meanwhile, the order ends here instead
//   ISSUING     the signer signs. Lost answer: RECOVERING
//   RECOVERING  asks the signer's audit log whether the serial was signed; if not, the serial is abandoned and the way begins again at PREPARING. A long log takes its time: after
//               ISSUE_PATIENCE_MS a client who waits is told that the order is in processing
//   COMPLETING  certificate and order are committed as valid
//
// While there is a row whose certificate may or may not have been signed, the order stays in processing: so an order never has two of them. Where that
// can't be found out, or not be recorded, the issuance ends, its client is told to look again, and the row is taken up again (registrar_take_up_soon).
#pragma once
#include "role/registrar/registrar.h"

enum issue_step { ISSUE_LOADING, ISSUE_CHECKING, ISSUE_PREPARING, ISSUE_RECORDING, ISSUE_ISSUING, ISSUE_RECOVERING, ISSUE_COMPLETING };

enum { ISSUE_TRIES_MAX = 3, ISSUE_KEY_CHANGES_MAX = 16, ISSUE_PATIENCE_MS = 5000 };

// Who waits for a certificate. show (may be NULL) runs in the unit that records it; done is called once, problem NULL on success: then show's unit was committed.
typedef void issuance_show(struct store_txn *txn, void *context);
// ACME_ORDER_NOT_READY: it was still_ready, and somebody else changed it meanwhile.
typedef void issuance_done(void *context, const struct acme_problem *problem);

struct issuance {
	struct issuance *next;
	struct registrar *registrar;
	struct arena arena;
	enum issue_step step;
	unsigned tries;
	struct view request_id;       // of the finalize request, for the log; empty: taken up again, or the operator's
	uint64_t question_id;         // of what the signer was asked last
	int64_t recovering_ms;        // monotonic: since when RECOVERING
	int64_t order;                // 0: the operator's own
	int64_t account;
	uint64_t operator_id;         // of the parent's question
	struct view profile, csr, jws, jwk;
	xica_time not_before, not_after;
	struct pki_identifier *identifiers;
	struct store_order_name *names; // of an order
	struct view *receipts;        // two for each identifier
	size_t count, receipt_count;
	struct view *key_changes;
	size_t key_change_count;
	bool waits;                   // for an operator (review.c): the order stays in processing
	bool still_ready;             // the order: it goes to processing in the unit that takes the serial
	bool account_over;            // the account is not valid any more: found in the unit that takes the serial
	bool other_key;               // the account's key is not the one that signed the finalize request
	size_t checks;                // CAA answers still to come
	struct view token, serial, tbs, issuer, der;
	xica_time cert_not_before, cert_not_after;
	uint32_t shard;
	struct site_report report;    // what people are told of it
	struct acme_problem problem;
	issuance_show *show;
	issuance_done *done;
	void *context;
	void *asker;                  // of an operator's own: the command that waits for it; NULL: the parent
};

struct issuance *issuance_new(struct registrar *registrar, issuance_done *done, void *context);
struct issuance *issuance_aside(struct registrar *registrar); // one that did not begin: nobody but its owner knows it
void issuance_drop(struct issuance *issuance);                // such a one; may be NULL
void issuance_end(struct issuance *issuance); // tells whoever waits, and frees
// The way ends here, with issuance->problem; the order goes back to ready where another finalize may do better.
void issuance_fail(struct issuance *issuance, enum acme_problem_type type, const char *detail);
void issuance_leave(struct issuance *issuance, const char *detail); // ends it; the row and the order stay as they are, and are taken up again

// evidence.c: LOADING and CHECKING; then issuance_prepare
int issuance_load(struct issuance *issuance);
// In the unit that finalizes a ready order: makes an issuance that has loaded already, and did not begin. order with its CSR and finalize request, and account, as they stand in that unit.
// Then the order goes to processing in this unit, or, where the issuance is still_ready, later.
int issuance_load_now(struct store_txn *txn, struct registrar *registrar, const struct store_order *order, const struct store_account *account,
		      struct issuance **ret_issuance);
void issuance_loaded(struct issuance *issuance); // then
bool issuance_needs_checks(const struct issuance *issuance); // CAA answers that are too old
// After that unit's commit. Takes the issuance.
void issuance_begin(struct issuance *issuance, struct view request_id, issuance_show *show, issuance_done *done, void *context);
// operator.c: receipts as whoever vouches for them made them; borrowed. The identifiers are theirs.
XICA_MUST_CHECK int issuance_take_receipts(struct issuance *issuance, const struct view *receipts, size_t count);
// issue_ask.c: PREPARING onwards. The answers come to issue_answer.c
void issuance_prepare(struct issuance *issuance);
void issuance_issue(struct issuance *issuance);
void issuance_recover(struct issuance *issuance);
void issuance_forget(const struct issuance *issuance); // what was prepared is not wanted any more
