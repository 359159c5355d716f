// JSON Web Signatures in the flattened JSON form, as ACME uses them (RFC 7515, RFC 8555 §6.2).
#pragma once
#include "jose/jwk.h"

enum { JWS_MAX_LEN = 65536, JWS_MAX_DEPTH = 8 };

enum jws_alg { JWS_ES256, JWS_ES384, JWS_RS256, JWS_EDDSA, JWS_HS256 };

enum jws_fault { // why jws_parse refused; jws_fault_text gives the sentence for the client
	JWS_FAULT_NONE,
	JWS_FAULT_SIZE,
	JWS_FAULT_JSON,          // not JSON, duplicate names, too deep, not an object
	JWS_FAULT_MEMBERS,       // protected, payload or signature missing, or an unprotected header, or "signatures"
	JWS_FAULT_BASE64,
	JWS_FAULT_HEADER,        // protected header is no object, lacks alg or url, or a member has the wrong type
	JWS_FAULT_ALG,           // none, or one that we do not do (ACME: badSignatureAlgorithm)
	JWS_FAULT_KEY_MEMBER,    // both or neither of jwk and kid
	JWS_FAULT_JWK,           // malformed (ACME: malformed)
	JWS_FAULT_PUBLIC_KEY,    // unsupported or weak (ACME: badPublicKey)
	JWS_FAULT_CRIT,          // crit names something that we do not understand, or is empty
	JWS_FAULT_B64,           // b64 is false (RFC 7797)
};

struct jws {
	enum jws_alg alg;
	bool has_jwk;
	struct jwk jwk;          // where has_jwk
	struct view kid;         // where not; may be empty, which is no account's
	struct view nonce;       // empty when absent (an inner JWS has none)
	struct view url;
	struct view payload;     // decoded; len 0 is POST-as-GET
	struct view signing_input; // protected "." payload, as sent
	struct view signature;   // decoded
};

// All views live in arena. fault is always set. kid and jwk: exactly one. XICA_EPARSE for any fault; XICA_ENOMEM.
XICA_MUST_CHECK int jws_parse(struct view text, struct arena *arena, struct jws *ret_jws, enum jws_fault *fault);
void jws_free(struct jws *jws);
const char *jws_fault_text(enum jws_fault fault);
bool jws_fits(const struct jws *jws, const struct crypto_key *key); // is the algorithm that of the key's kind?
// XICA_ESIG also when the key's kind does not fit alg. HS256 is never accepted here.
XICA_MUST_CHECK int jws_verify(const struct jws *jws, const struct crypto_key *key);
// The MAC of an external account binding (RFC 8555 §7.3.4): HS256 only.
XICA_MUST_CHECK int jws_verify_hmac(const struct jws *jws, struct view mac_key);

// Writing, for clients and for the operator's own issuance. kid empty: the header carries the key's jwk.
// nonce empty: none. Appends the flattened JSON. XICA_EINVAL: a key that cannot sign a JWS, or text that is no UTF-8.
XICA_MUST_CHECK int jws_sign(const struct crypto_key *key, struct view kid, struct view nonce, struct view url,
			     struct view payload, struct buf *out);
// The other side of jws_verify_hmac: an external account binding, kid and mac_key as the CA gave them.
XICA_MUST_CHECK int jws_sign_hmac(struct view mac_key, struct view kid, struct view url, struct view payload, struct buf *out);
// Seeds the hash tables of JSON objects. Each process calls it once after crypto_init, before it locks itself in: jansson would
// open /dev/urandom for it at the first object.
XICA_MUST_CHECK int jose_init(void);
// JSON text from outside: duplicate names refused, depth bounded, whole input consumed. NULL: not acceptable.
json_t *jose_json_parse(struct view text);
