// One inspection under way (inspect/run.h): what its parts know in common, and the parts themselves, a file each.
#pragma once
#include "inspect/crl.h"
#include "inspect/evidence.h"
#include "inspect/expected.h"
#include "inspect/log.h"
#include "inspect/run.h"
#include "inspect/seen.h"
#include "pki/certificate.h"
#include "store/inspect.h"
#include "store/reader.h"

enum { INSPECT_ROWS_AT_ONCE = 500, INSPECT_WAITING_MAX = 10000 };

struct inspect_pass {
	const struct inspect_options *options;
	struct store_reader *reader;
	struct store_txn *txn;   // within a stretch
	int fd;
	struct inspect_subject subject;
	struct inspect_log log;
	struct inspect_summary summary;
	struct inspect_seen issued, revoked; // rows that lines told of, by number
	int64_t last;            // the highest number when the inspection began
	bool has_evidence;       // a line had some: all later ones have
	bool key_fits;           // the receipts' key is the one that the log's last "start" names
	xica_time key_since;     // since then; 0: always
	bool started;            // a "start" named a key
	xica_time last_start;    // when the signer began last
	xica_time revocations_since; // since when the log tells of every revocation, so that one before it needs no line…
	int64_t untold;          // …of a certificate with a number up to this, which was issued before; 0: it tells of all
	int64_t last_issued;     // the highest number of a row that the log told of
	struct arena waiting_arena;
	struct view waiting[INSPECT_WAITING_MAX]; // serials of rows that were pending though the log tells of them
	size_t waiting_count;
	struct arena absent_arena;
	struct store_inspect_entry absent[INSPECT_WAITING_MAX]; // rows that no line told of
	size_t absent_count;
	struct arena orderless_arena;
	struct inspect_orderless {
		struct view serial;
		xica_time issued;
	} orderless[INSPECT_WAITING_MAX]; // certificates that should still have an order
	size_t orderless_count;
	uint64_t restored;       // where in the log the newest line of a restore ends; 0: there is none
	struct inspect_crl *crls;
	struct inspect_expected expected; // what acts must have left in the database
	int64_t last_note;       // the number of the last act that was taken
	struct buf retired, retired_id; // the issuer that was read last
};

// All return 0 whatever they find; XICA_ENOMEM, or what the file or the database says.

void inspect_tell(const struct inspect_pass *run, const char *what, uint64_t done, uint64_t all); // how far it is
void inspect_say_of(struct inspect_pass *run, struct view serial, const char *code, const char *text); // about this certificate

// lines.c: reads the log on, to where it ends now; stretch by stretch, each of which sees the database as it is then.
XICA_MUST_CHECK int inspect_lines(struct inspect_pass *run);
// issuance.c: a line of the kind "issue". Within a txn.
XICA_MUST_CHECK int inspect_issuance(struct inspect_pass *run, const json_t *line);
// issuer.c: what issuers signed: a certificate; the one of an OCSP responder, by its line.
void inspect_signature(struct inspect_pass *run, const struct inspect_issue *issue, const struct pki_certificate *certificate);
void inspect_responder(struct inspect_pass *run, const json_t *line);
// rows.c: all rows, for those that the log did not tell of; then, within a txn, what became of these, and of those that were under way.
XICA_MUST_CHECK int inspect_rows(struct inspect_pass *run);
XICA_MUST_CHECK int inspect_rows_absent(struct inspect_pass *run);
XICA_MUST_CHECK int inspect_rows_waiting(struct inspect_pass *run);
// Rows of what is being issued, though nothing is. Outside of a txn.
XICA_MUST_CHECK int inspect_rows_pending(struct inspect_pass *run);
// account.c: all accounts.
XICA_MUST_CHECK int inspect_accounts(struct inspect_pass *run);
// acts.c: a line, or a note that waits, of the registrar's (its number; 0: it has none); what acts must have left, within a txn in which nothing was read yet.
XICA_MUST_CHECK int inspect_acts_note(struct inspect_pass *run, const char *kind, const json_t *line, int64_t number);
XICA_MUST_CHECK int inspect_acts(struct inspect_pass *run);
// act_rows.c: the part of it that looks at the rows.
XICA_MUST_CHECK int inspect_act_rows(struct inspect_pass *run);
// order.c, receipt.c: orders with their certificates; what authorizations were proven by.
XICA_MUST_CHECK int inspect_orders(struct inspect_pass *run);
// A certificate, issued then, has no order any more, and should. A restore recovers certificates since its backup from the log, and not their orders: of those it is right. What remains.
XICA_MUST_CHECK int inspect_orderless_keep(struct inspect_pass *run, struct view serial, xica_time issued);
void inspect_orderless_restored(struct inspect_pass *run, xica_time backup);
void inspect_orderless_say(struct inspect_pass *run);
XICA_MUST_CHECK int inspect_receipts(struct inspect_pass *run);
// crl.c: the CRLs that the database holds. Within a txn.
XICA_MUST_CHECK int inspect_crls(struct inspect_pass *run);
