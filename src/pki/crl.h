// Certificate revocation lists, version 2 (RFC 5280 §5), written entry by entry: a million entries are one growing buffer. Pure.
#pragma once
#include "pki/build.h"

enum pki_reason { // RFC 5280 §5.3.1
	PKI_REASON_UNSPECIFIED = 0,
	PKI_REASON_KEY_COMPROMISE = 1,
	PKI_REASON_CA_COMPROMISE = 2,
	PKI_REASON_AFFILIATION_CHANGED = 3,
	PKI_REASON_SUPERSEDED = 4,
	PKI_REASON_CESSATION_OF_OPERATION = 5,
	PKI_REASON_CERTIFICATE_HOLD = 6,
	PKI_REASON_REMOVE_FROM_CRL = 8,
	PKI_REASON_PRIVILEGE_WITHDRAWN = 9,
	PKI_REASON_AA_COMPROMISE = 10,
};

struct pki_crl {
	const struct pki_issuer *issuer;
	uint64_t number;             // cRLNumber, rising
	xica_time this_update, next_update;
	const char *url;             // the IDP's distributionPoint (critical); NULL: no IDP, the CRL is for all that the issuer signed
	struct buf entries;          // begin with BUF_INIT; owner: the caller
};

// serial: up to 20 bytes, leading zeros are dropped. XICA_EINVAL: a reason that has no place in a full CRL (hold, remove, unknown), a serial of zero.
XICA_MUST_CHECK int pki_crl_add(struct pki_crl *crl, struct view serial, xica_time revoked_at, unsigned reason);
// The TBSCertList of what was added. Appends.
XICA_MUST_CHECK int pki_crl_tbs(const struct pki_crl *crl, struct buf *tbs_out);
