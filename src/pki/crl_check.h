// A CRL as whoever relies on it takes it (RFC 5280 §6.3.3): whose it is, whether its signature holds, and whether it is good at a time. What it lists is not looked at. Pure.
#pragma once
#include "pki/certificate.h"

enum pki_crl_fault {
	PKI_CRL_SOUND = 0,
	PKI_CRL_UNREADABLE, // no CertificateList, or one without nextUpdate (RFC 5280 §5.1.2.5)
	PKI_CRL_OF_ANOTHER, // another name stands in it as the issuer's
	PKI_CRL_FORGED,     // the signature is not by the issuer's key
	PKI_CRL_EARLY,      // of the future
	PKI_CRL_STALE,      // it is over
};

struct pki_crl_check {
	enum pki_crl_fault fault;
	const char *why;    // a clause about the fault, static storage; NULL: there is none
	xica_time this_update, next_update; // unless it is unreadable
};

// slack: how far clocks may be apart. The issuer's certificate is not judged.
struct pki_crl_check pki_crl_check(struct view der, const struct pki_certificate *issuer, xica_time now, xica_time slack);
