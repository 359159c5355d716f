// The other side of OCSP: may an answer be believed about a certificate (RFC 6960 §3.2, RFC 5019 §4)? Whoever asked reads it here; nothing is fetched. Pure.
#pragma once
#include "pki/ocsp.h"

enum pki_ocsp_fault {
	PKI_OCSP_SOUND = 0,
	PKI_OCSP_UNREADABLE,   // no OCSPResponse, or of another type than the basic one
	PKI_OCSP_REFUSED,      // there is no answer, but an enum pki_ocsp_failure
	PKI_OCSP_OF_ANOTHER,   // it is not about this certificate
	PKI_OCSP_NOT_ENTITLED, // neither the issuer signed it nor whom it appointed, or that one's certificate is over
	PKI_OCSP_FORGED,       // the signature does not verify
	PKI_OCSP_EARLY,        // of the future
	PKI_OCSP_STALE,        // it is over
};

struct pki_ocsp_question {
	struct view issuer;   // its certificate, DER
	struct view serial;   // the content of the INTEGER
	xica_time now, slack; // slack: how far clocks may be apart
};

struct pki_ocsp_answer {
	enum pki_ocsp_fault fault;
	const char *why;             // a clause about the fault, static storage; NULL: there is none
	enum pki_ocsp_status status; // where there is no fault, as are the times
	xica_time produced_at, this_update, next_update;
};

// What is wrong with the answer (der) is no error, but a fault. XICA_EPARSE: the issuer's certificate can't be read. XICA_ECRYPTO, XICA_ENOMEM.
XICA_MUST_CHECK int pki_ocsp_answer_judge(struct view der, const struct pki_ocsp_question *question, struct pki_ocsp_answer *ret_answer);
