// A certificate's row in the database, column by column, against the certificate itself and the line of the audit log that tells of its issuance. Reads the database.
#pragma once
#include "inspect/evidence.h"
#include "store/inspect.h"

struct inspect_row {
	const struct inspect_issue *issue;
	const struct pki_certificate *certificate;
	const struct pki_sans *names;
	const struct inspect_asked *asked;
	const struct store_inspect_row *row;
	xica_time now;
	bool *orderless;     // set where it has no order any more, though clean-up can't have removed it yet
};

// Says what differs. 0 whatever it finds; XICA_ENOMEM, or what the database says.
XICA_MUST_CHECK int inspect_row_check(struct store_txn *txn, const struct inspect_row *check, struct inspect_subject *subject, struct arena *arena);
