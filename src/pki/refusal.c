#include "pki/refusal.h"

static const struct {
	const char *word, *text, *problem;
} REFUSALS[] = {
	[PKI_REFUSAL_NONE] = {"none", "nothing was refused", "serverInternal"},
	[PKI_REFUSAL_UNKNOWN_PROFILE] = {"unknown-profile", "there is no such certificate profile", "invalidProfile"},
	[PKI_REFUSAL_MALFORMED_KEY] = {"malformed-key", "the account key is not a public key that can be used", "badPublicKey"},
	[PKI_REFUSAL_MALFORMED_FINALIZE] = {"malformed-finalize", "the finalize request is malformed", "malformed"},
	[PKI_REFUSAL_FORGED_FINALIZE] = {"forged-finalize", "the finalize request was not signed by the account's key", "unauthorized"},
	[PKI_REFUSAL_OTHER_SITE] = {"other-site", "the finalize request was not signed for this CA", "unauthorized"},
	[PKI_REFUSAL_OTHER_CSR] = {"other-csr", "the finalize request was signed for another CSR", "unauthorized"},
	[PKI_REFUSAL_MALFORMED_CSR] = {"malformed-csr", "the CSR is malformed", "badCSR"},
	[PKI_REFUSAL_CSR_SIGNATURE] = {"csr-signature", "the CSR's own signature does not verify", "badCSR"},
	[PKI_REFUSAL_WEAK_KEY] = {"weak-key", "the CSR's key must not be certified", "badCSR"},
	[PKI_REFUSAL_BLOCKED_KEY] = {"blocked-key", "the CSR's key is known to be compromised", "badCSR"},
	[PKI_REFUSAL_ACCOUNT_KEY] = {"account-key", "the account's key must not be the certificate's key", "badCSR"},
	[PKI_REFUSAL_KEY_CHANGE] = {"key-change", "the proof that the account changed its key does not hold", "unauthorized"},
	[PKI_REFUSAL_RECEIPT_SEAL] = {"receipt-seal", "a proof was not written by this CA's validator", "unauthorized"},
	[PKI_REFUSAL_RECEIPT_ACCOUNT] = {"receipt-account", "a proof belongs to another account", "unauthorized"},
	[PKI_REFUSAL_RECEIPT_EXPIRED] = {"receipt-expired", "a proof of control has expired", "unauthorized"},
	[PKI_REFUSAL_NO_CONTROL] = {"no-control", "control of an identifier was not proven", "unauthorized"},
	[PKI_REFUSAL_NO_CAA] = {"no-caa", "the CAA records of an identifier were not checked", "caa"},
	[PKI_REFUSAL_CAA_EXPIRED] = {"caa-expired", "the check of an identifier's CAA records is too old", "caa"},
	[PKI_REFUSAL_METHOD] = {"method", "an identifier was proven in a way that is not enough for this profile, or that counts no more", "unauthorized"},
	[PKI_REFUSAL_NAMES] = {"names", "the CSR asks for other names than were proven", "badCSR"},
	[PKI_REFUSAL_WILDCARD] = {"wildcard", "a proof for a name does not cover its wildcard, nor the other way round", "unauthorized"},
	[PKI_REFUSAL_PROFILE_NAMES] = {"profile-names", "the profile cannot certify an identifier", "rejectedIdentifier"},
	[PKI_REFUSAL_VALIDITY] = {"validity", "notBefore or notAfter is beyond what the profile allows", "malformed"},
	[PKI_REFUSAL_LINT] = {"lint", "the certificate would have broken a rule", "badCSR"},
	[PKI_REFUSAL_UNKNOWN_TOKEN] = {"unknown-token", "the token was never given, is used, or too old", "serverInternal"},
	[PKI_REFUSAL_ALTERED] = {"altered", "what was signed is not what was checked", "serverInternal"},
	[PKI_REFUSAL_BUSY] = {"busy", "too many certificates are being prepared", "rateLimited"},
	[PKI_REFUSAL_UNKNOWN_ISSUER] = {"unknown-issuer", "there is no such issuer", "serverInternal"},
	[PKI_REFUSAL_CRL_ORDER] = {"crl-order", "a CRL's messages came out of order", "serverInternal"},
	[PKI_REFUSAL_CRL_ENTRY] = {"crl-entry", "an entry has no place in a CRL", "serverInternal"},
	[PKI_REFUSAL_CRL_FULL] = {"crl-full", "a CRL has no room for so many entries: certificates to come need more crl { shards }", "serverInternal"},
	[PKI_REFUSAL_OCSP_ORDER] = {"ocsp-order", "an OCSP response was ordered that cannot be", "serverInternal"},
	[PKI_REFUSAL_AUDIT] = {"audit", "the audit log cannot be written", "serverInternal"},
	[PKI_REFUSAL_INTERNAL] = {"internal", "something went wrong here", "serverInternal"},
};

const char *pki_refusal_word(enum pki_refusal refusal)
{
	return REFUSALS[refusal].word;
}

const char *pki_refusal_text(enum pki_refusal refusal)
{
	return REFUSALS[refusal].text;
}

const char *pki_refusal_problem(enum pki_refusal refusal)
{
	return REFUSALS[refusal].problem;
}
