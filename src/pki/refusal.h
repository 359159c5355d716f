// Why the signer refused: a word for logs and tests, a sentence, and what the ACME client is told (RFC 8555 §6.7).
#pragma once
#include "base/view.h"

enum pki_refusal {
	PKI_REFUSAL_NONE,
	PKI_REFUSAL_UNKNOWN_PROFILE,
	PKI_REFUSAL_MALFORMED_KEY,       // the account key is no JWK
	PKI_REFUSAL_MALFORMED_FINALIZE,
	PKI_REFUSAL_FORGED_FINALIZE,     // not signed by the account key
	PKI_REFUSAL_OTHER_SITE,          // finalize was signed for another CA, or as a new account
	PKI_REFUSAL_OTHER_CSR,           // finalize was signed for another CSR
	PKI_REFUSAL_MALFORMED_CSR,
	PKI_REFUSAL_CSR_SIGNATURE,
	PKI_REFUSAL_WEAK_KEY,
	PKI_REFUSAL_BLOCKED_KEY,
	PKI_REFUSAL_ACCOUNT_KEY,         // the account key as certificate key
	PKI_REFUSAL_KEY_CHANGE,          // the chain of key changes does not hold
	PKI_REFUSAL_RECEIPT_SEAL,        // malformed, or not sealed with the validator's key
	PKI_REFUSAL_RECEIPT_ACCOUNT,     // another account's
	PKI_REFUSAL_RECEIPT_EXPIRED,
	PKI_REFUSAL_NO_CONTROL,          // no proof of control for an identifier
	PKI_REFUSAL_NO_CAA,              // no CAA check for an identifier, or one of another method
	PKI_REFUSAL_CAA_EXPIRED,
	PKI_REFUSAL_METHOD,              // control of the XMPP service, where control of the domain is wanted
	PKI_REFUSAL_NAMES,               // the CSR asks for something that no proof covers
	PKI_REFUSAL_WILDCARD,            // a proof for D used for *.D, or the other way
	PKI_REFUSAL_PROFILE_NAMES,       // the profile can't certify an identifier
	PKI_REFUSAL_VALIDITY,            // notBefore or notAfter out of bounds
	PKI_REFUSAL_LINT,
	PKI_REFUSAL_UNKNOWN_TOKEN,       // never given, used, or too old
	PKI_REFUSAL_ALTERED,             // what came out of signing is not what was linted
	PKI_REFUSAL_BUSY,                // too many prepared certificates wait for their ISSUE
	PKI_REFUSAL_UNKNOWN_ISSUER,
	PKI_REFUSAL_CRL_ORDER,           // CRL messages out of order
	PKI_REFUSAL_CRL_ENTRY,
	PKI_REFUSAL_CRL_FULL,
	PKI_REFUSAL_OCSP_ORDER,          // an OCSP response for which times, states or serials are impossible
	PKI_REFUSAL_AUDIT,               // the audit log can't be written: nothing is signed
	PKI_REFUSAL_INTERNAL,
};

// "forged-finalize": stands in IPC_REASON. Static storage.
const char *pki_refusal_word(enum pki_refusal refusal);
// A sentence without internal detail. Static storage.
const char *pki_refusal_text(enum pki_refusal refusal);
// The ACME error type without its URN: "badCSR".
const char *pki_refusal_problem(enum pki_refusal refusal);
