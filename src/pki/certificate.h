// A certificate as it is read (RFC 5280 §4.1): the fields, and the extensions that a chain is judged by. Says nothing of its worth. Pure.
#pragma once
#include "crypto/key.h"
#include "pki/der.h"

enum { PKI_CERTIFICATE_MAX_LEN = 65536 };

enum pki_key_usage { // named bits (RFC 5280 §4.2.1.3)
	PKI_USAGE_DIGITAL_SIGNATURE = 1 << 0,
	PKI_USAGE_NON_REPUDIATION = 1 << 1,
	PKI_USAGE_KEY_ENCIPHERMENT = 1 << 2,
	PKI_USAGE_DATA_ENCIPHERMENT = 1 << 3,
	PKI_USAGE_KEY_AGREEMENT = 1 << 4,
	PKI_USAGE_KEY_CERT_SIGN = 1 << 5,
	PKI_USAGE_CRL_SIGN = 1 << 6,
};

struct pki_certificate { // all views point into what was parsed
	struct view der;
	struct view tbs;             // whole: what is signed
	unsigned version;            // 1 to 3
	struct view serial;          // content of the INTEGER
	struct view algorithm;       // AlgorithmIdentifier in the TBSCertificate, whole
	struct view outer_algorithm; // and beside the signature
	struct view issuer, subject; // Name, whole
	xica_time not_before, not_after;
	struct view spki;            // whole
	struct view extensions;      // the Extension elements; empty: none
	struct view signature;
	// out of the extensions
	bool has_basic_constraints, ca;
	int path_len;                // -1: none
	bool has_key_usage;
	uint32_t key_usage;          // enum pki_key_usage
	struct view key_id;          // empty: none
	struct view authority_key_id;
};

// The whole of der. XICA_EPARSE: *ret_why is a clause (static storage).
XICA_MUST_CHECK int pki_certificate_parse(struct view der, struct pki_certificate *ret_certificate, const char **ret_why);

struct pki_extension {
	struct view oid;   // content
	bool critical;
	struct view value; // content of the OCTET STRING
};
// Takes the next one off the cursor, which begins as the certificate's extensions.
XICA_MUST_CHECK int pki_extension_read(struct view *cursor, struct pki_extension *ret_extension);
// XICA_ENOTFOUND, XICA_EPARSE.
XICA_MUST_CHECK int pki_extension_find(struct view extensions, enum oid oid, struct pki_extension *ret_extension);

bool pki_certificate_self_issued(const struct pki_certificate *certificate);
// The signature of der's TBS by the key of issuer's SPKI. XICA_ESIG, XICA_EUNSUPPORTED (algorithm), XICA_EPARSE (key).
XICA_MUST_CHECK int pki_certificate_signed_by(const struct pki_certificate *certificate, const struct pki_certificate *issuer);
XICA_MUST_CHECK int pki_certificate_signed_with(const struct pki_certificate *certificate, const struct crypto_key *key); // the same, where the key is at hand
// A Name for people: "O=Example, CN=Example Root", appended; control characters are shown as '?'.
void pki_name_add_text(struct buf *out, struct view name);
