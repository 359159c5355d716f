// Certificate signing requests (RFC 2986) as ACME clients send them: what is asked for, never trusted. Pure.
#pragma once
#include "crypto/key.h"
#include "pki/names.h"

enum { PKI_CSR_MAX_LEN = 32768 };

struct pki_csr {
	struct view der;           // whole
	struct view info;          // CertificationRequestInfo: what is signed
	struct view spki;          // as sent, to be copied into the certificate
	enum crypto_sig sig_alg;
	struct view signature;
	struct view common_name;   // UTF-8; empty when there is none
	struct pki_sans sans;      // as asked, folded to lower case; dNSName, SRVName, XmppAddr
	bool must_staple;          // RFC 7633 asked for
	bool other_names;          // a GeneralName of another kind (iPAddress, rfc822Name, unknown otherName …)
	struct view other_name;    // the first such in words, for the error: "iPAddress", "otherName 1.2.3"
};

// The whole of der. Views point into der or arena. XICA_EPARSE: *ret_why is a clause for the client (static storage).
XICA_MUST_CHECK int pki_csr_parse(struct view der, struct arena *arena, struct pki_csr *ret_csr, const char **ret_why);
// The request's own signature, and its key: *ret_key is the caller's. XICA_ESIG, XICA_EPARSE (no such key), XICA_EUNSUPPORTED.
XICA_MUST_CHECK int pki_csr_verify(const struct pki_csr *csr, struct crypto_key **ret_key);

// Does the CSR ask for exactly what these identifiers cover (RFC 8555 §7.4)? Every dns identifier must be asked for, as dNSName or as common name. Common name,
// SRVNames and XmppAddrs may be absent; each that is present must be covered by an identifier:
//   dNSName or common name D    by dns D; "*.D" by the wildcard of D alone, and D never by it
//   SRVName _xmpp-server.D      by dns D or by srv D
//   SRVName _xmpp-client.D      by dns D
//   XmppAddr D                  by dns D (a JID with a local part or a resource: by none)
// XICA_EDENIED with *ret_why naming the first that does not fit (in arena).
XICA_MUST_CHECK int pki_csr_fits(const struct pki_csr *csr, const struct pki_identifier *identifiers, size_t count,
				 struct arena *arena, const char **ret_why);
// The same where there is no order and an operator vouches for the identifiers: the CSR need not ask for them, only for nothing else.
XICA_MUST_CHECK int pki_csr_fits_word(const struct pki_csr *csr, const struct pki_identifier *identifiers, size_t count, struct arena *arena, const char **ret_why);
// Does the CSR ask for this identifier, whose pki_identifier_text is text? Always so for a srv identifier: SRVNames may be absent.
bool pki_csr_asks(const struct pki_csr *csr, const struct pki_identifier *identifier, const char *text);
