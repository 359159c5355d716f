// A TBSCertificate (RFC 5280 §4.1) by our own DER writer, from a profile and the CSR's public key bytes. Pure: serial and times are handed in.
#pragma once
#include "crypto/key.h"
#include "pki/profile.h"

// A serial is one fixed byte and 128 random bits: always positive, always 17 bytes, DER as it stands.
enum { PKI_SERIAL_LEN = 17, PKI_SERIAL_FIRST = 0x10, PKI_SERIAL_MAX = 20, PKI_KEY_ID_LEN = 20 };

struct pki_issuer { // what of the issuer's certificate stands in what it signs
	const char *id;          // in URLs
	struct view name;        // its subject, DER, copied byte by byte
	struct view key_id;      // its subject key identifier
	enum crypto_sig sig_alg;
	xica_time not_after;     // nothing outlives its issuer
};

struct pki_leaf {
	const struct pki_profile *profile;
	const struct pki_site *site;
	const struct pki_issuer *issuer;
	struct view serial;      // PKI_SERIAL_LEN bytes
	struct view spki;        // DER, copied byte by byte
	const struct pki_sans *sans; // as pki_profile_names gives them
	xica_time not_before, not_after; // both inclusive (RFC 5280 §4.1.2.5)
};

// Appends. XICA_ERANGE: times beyond the issuer's or in the wrong order. XICA_EINVAL: an empty set of names, a serial of another length.
XICA_MUST_CHECK int pki_build_tbs(const struct pki_leaf *leaf, struct buf *tbs_out);
// SEQUENCE { tbs, signatureAlgorithm, signature }: certificates and CRLs alike. Appends.
XICA_MUST_CHECK int pki_build_signed(struct view tbs, enum crypto_sig sig_alg, struct view signature, struct buf *out);
XICA_MUST_CHECK int pki_build_sign(const struct crypto_key *key, struct view tbs, struct buf *out);

// The shard of a certificate's CRL, out of its serial alone.
unsigned pki_shard(struct view serial, unsigned shards);
// Paths below the site's http_url, appended: "/crl/ID/0.crl", "/ca/ID.der", "/ca/ID.crl" (of a root).
void pki_path_crl(struct buf *out, const char *issuer_id, unsigned shard);
void pki_path_ca(struct buf *out, const char *id);
#define PKI_PATH_ROOTS_PEM "/root.pem" // all roots
#define PKI_PATH_ROOTS_P7B "/root.p7b"
#define PKI_PATH_CA_P7B "/ca.p7b" // intermediates, and the roots that are ours
#define PKI_PATH_OCSP "/ocsp" // a request by GET has a slash and its base64 behind it (RFC 6960 appendix A.1)
void pki_path_root_crl(struct buf *out, const char *root_id);
