// Was this certificate issued rightly? For each of its names the inspection wants a receipt that was good when the signer believed it, of the account that asked,
// and the account's own signature under this CSR. Everything is taken out of the bytes again, by other code than the signer's. Pure.
#pragma once
#include "inspect/finding.h"
#include "inspect/issue.h"
#include "pki/certificate.h"
#include "pki/names.h"

struct inspect_seals { // how receipts can be verified
	struct view key;     // RECEIPT_KEY_LEN bytes; empty: it can't be read, or they were sealed with another. Then the chain of the log stands for them alone
};

struct inspect_asked { // who asked, by the finalize request
	int64_t account, order; // 0: the operator's own
};

// Who asked, believing the request: its signature is not looked at. Says where it can't be read. 0; XICA_ENOMEM.
XICA_MUST_CHECK int inspect_evidence_asked(const struct inspect_issue *issue, struct inspect_subject *subject, struct arena *arena, struct inspect_asked *ret_asked);

// Says what is wrong. 0 whatever it finds; XICA_ENOMEM. *ret_receipts: how many were looked at. *ret_asked stays {0} where the request can't be read.
XICA_MUST_CHECK int inspect_evidence(const struct inspect_issue *issue, const struct pki_certificate *certificate, const struct pki_sans *names,
				     const struct inspect_seals *seals, struct inspect_subject *subject, struct arena *arena,
				     struct inspect_asked *ret_asked, size_t *ret_receipts);
// A keyChange request (RFC 8555 §7.3.5): signed by both keys. XICA_ESIG: it doesn't hold. XICA_ENOMEM.
XICA_MUST_CHECK int inspect_key_change(struct view jws, struct arena *arena, uint8_t ret_old[CRYPTO_SHA256_LEN], uint8_t ret_new[CRYPTO_SHA256_LEN]);
