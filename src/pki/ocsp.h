// The online certificate status protocol (RFC 6960; the lightweight profile RFC 5019; nonce RFC 9654): requests read, responses written by our own DER
// writer, and the certificate of who signs them. Pure.
#pragma once
#include "crypto/digest.h"
#include "pki/build.h"

enum {
	PKI_OCSP_REQUEST_MAX = 8192, // bytes; what is longer is not looked at
	PKI_OCSP_LIST_MAX = 32,      // certificates in one request
	PKI_OCSP_NONCE_MAX = 128,    // RFC 9654 §2.1
	PKI_OCSP_SERIAL_MAX = 64,    // bytes; no certificate may have more than 20 (RFC 5280 §4.1.2.2), but one may be asked for: it was never issued
};

// --- requests

enum pki_ocsp_hash { // by which a CertID speaks of the issuer
	PKI_OCSP_OTHER = 0, // nobody's here
	PKI_OCSP_SHA1 = 1,
	PKI_OCSP_SHA256 = 2,
};

struct pki_ocsp_id { // views into what was parsed
	enum pki_ocsp_hash hash;
	struct view name_hash, key_hash;
	struct view serial; // without leading zeros, up to PKI_OCSP_SERIAL_MAX bytes; empty: zero
	struct view whole;  // the CertID as it was sent
};

struct pki_ocsp_request {
	struct pki_ocsp_id list[PKI_OCSP_LIST_MAX]; // at least one
	size_t count;
	struct view nonce; // 1 to PKI_OCSP_NONCE_MAX bytes; empty: none
};

// The whole of der. A signature on the request is not looked at: whoever asks is answered (RFC 6960 §4.1.2). XICA_EPARSE: malformed, too long, too many
// certificates, a nonce of another length, or a critical extension that we don't know.
XICA_MUST_CHECK int pki_ocsp_request_parse(struct view der, struct pki_ocsp_request *ret_request);

// One CertID, taken off the cursor.
XICA_MUST_CHECK int pki_ocsp_id_read(struct view *cursor, struct pki_ocsp_id *ret_id);

// What CertIDs say of one issuer.
struct pki_ocsp_issuer {
	uint8_t sha1_name[CRYPTO_SHA1_LEN], sha1_key[CRYPTO_SHA1_LEN], sha256_name[CRYPTO_SHA256_LEN], sha256_key[CRYPTO_SHA256_LEN];
};

// Of the issuer's own certificate, DER.
XICA_MUST_CHECK int pki_ocsp_issuer_of(struct view certificate, struct pki_ocsp_issuer *ret_issuer);
bool pki_ocsp_id_is_of(const struct pki_ocsp_id *id, const struct pki_ocsp_issuer *issuer);

// --- responses

enum pki_ocsp_status { PKI_OCSP_GOOD = 0, PKI_OCSP_REVOKED = 1, PKI_OCSP_UNKNOWN = 2 };

struct pki_ocsp_single {
	enum pki_ocsp_hash hash;
	struct view serial; // as in struct pki_ocsp_id
	enum pki_ocsp_status status;
	xica_time revoked_at; // of a revoked one, as is the reason (enum pki_reason)
	unsigned reason;
};

struct pki_ocsp_response {
	const struct pki_ocsp_issuer *issuer;
	struct view responder; // the SHA-1 of the responder's public key
	xica_time produced_at, this_update, next_update;
	const struct pki_ocsp_single *list;
	size_t count;
	struct view nonce; // empty: none
};

// The ResponseData: what is signed. Appends. XICA_EINVAL: what has no place in a response (an unknown hash, no certificate at all, a nonce too long, a
// reason that only CRLs have).
XICA_MUST_CHECK int pki_ocsp_response_data(const struct pki_ocsp_response *response, struct buf *data_out);
// The OCSPResponse of a ResponseData, signed by the responder's key, with its certificate. Appends.
XICA_MUST_CHECK int pki_ocsp_response_sign(const struct crypto_key *key, struct view certificate, struct view data, struct buf *out);

enum pki_ocsp_failure { // OCSPResponseStatus (RFC 6960 §4.2.1)
	PKI_OCSP_MALFORMED = 1,
	PKI_OCSP_INTERNAL_ERROR = 2,
	PKI_OCSP_TRY_LATER = 3,
	PKI_OCSP_UNAUTHORIZED = 6,
};

// An OCSPResponse that says so and nothing else; it has no signature. Appends.
void pki_ocsp_response_failure(struct buf *out, enum pki_ocsp_failure failure);

// --- the responder (RFC 6960 §4.2.2.2)

struct pki_ocsp_responder {
	const struct pki_issuer *issuer;
	struct view serial; // PKI_SERIAL_LEN bytes
	struct view spki;
	xica_time not_before, not_after;
};

// Its TBSCertificate: for signing OCSP responses alone, and nobody asks for its own status (id-pkix-ocsp-nocheck). Appends. XICA_ERANGE, XICA_EINVAL as
// pki_build_tbs.
XICA_MUST_CHECK int pki_ocsp_responder_tbs(const struct pki_ocsp_responder *responder, struct buf *tbs_out);
// How ResponderID and CertID call a key: the SHA-1 of its bits.
XICA_MUST_CHECK int pki_ocsp_key_hash(struct view spki, uint8_t ret_hash[CRYPTO_SHA1_LEN]);
