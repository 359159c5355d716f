// The audit log's line of an issuance (kind "issue"): what was issued, and all of the evidence that was believed, so that anybody can check it again without
// believing the signer (audit/evidence.h), and so that an issuance can be put into a database that has lost it (store/recover.h).
//
//   {"serial": hex, "issuer": id, "profile": name, "account": thumbprint, "not_after": time, "identifiers": [{"type", "value", "method"}, …],
//    "evidence": {"checked": time, "account_key": JWK, "finalize": JWS, "receipts": [base64, …], "key_changes": [JWS, …]},
//    "certificate": base64}
//
// A JWS is the object {"protected", "payload", "signature"} (RFC 7515 §7.2.2), as it was sent; key_changes are newest first, and absent where there are none.
#pragma once
#include "role/signer/evidence.h"

struct signer_record {
	struct view serial;
	const char *issuer;
	xica_time not_after, checked;
	const struct signer_request *request;
	const struct signer_evidence *evidence;
};

// Appends the members, for audit_add_members: all but the certificate, which comes last.
XICA_MUST_CHECK int signer_record_write(const struct signer_record *record, struct arena *arena, struct buf *out);
void signer_record_add_certificate(struct buf *record, struct view der);
