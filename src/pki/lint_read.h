// The linter's own reading of a certificate: all that its rules look at, as it stands there, right or wrong. Inside pki/lint alone.
// Only what makes the frame unreadable is an error; a malformed extension is marked and left to a rule.
#pragma once
#include "base/arena.h"
#include "pki/der.h"

enum { LINT_LIST_MAX = 4096 }; // elements of any one list

enum lint_key_usage { // RFC 5280 §4.2.1.3
	LINT_DIGITAL_SIGNATURE = 1 << 0,
	LINT_NON_REPUDIATION = 1 << 1,
	LINT_KEY_ENCIPHERMENT = 1 << 2,
	LINT_DATA_ENCIPHERMENT = 1 << 3,
	LINT_KEY_AGREEMENT = 1 << 4,
	LINT_KEY_CERT_SIGN = 1 << 5,
	LINT_CRL_SIGN = 1 << 6,
	LINT_ENCIPHER_ONLY = 1 << 7,
	LINT_DECIPHER_ONLY = 1 << 8,
};

struct lint_attribute { // of a Name
	enum oid type;
	uint8_t tag;
	struct view value;
};

struct lint_name {
	struct lint_attribute *list;
	size_t count;
};

struct lint_extension {
	enum oid id; // OID_UNKNOWN: see oid
	struct view oid;
	struct view value;
	bool critical;
	bool false_written; // critical is encoded as FALSE, though that is the default
	bool malformed;     // the value is not what the extension's syntax says
};

struct lint_general_name {
	uint8_t tag;
	struct view content;    // of an otherName: its value, without tags
	struct view other_type; // of an otherName: type-id
	uint8_t other_tag;      // of an otherName: the value's tag
};

struct lint_general_names {
	struct lint_general_name *list;
	size_t count;
};

struct lint_access { // of authorityInfoAccess
	enum oid method;
	struct lint_general_name location;
};

struct lint_key {
	bool malformed;
	enum oid algorithm;
	struct view parameters;        // what follows the algorithm's OID, whole
	struct view bits;
	struct view modulus, exponent; // of RSA, without leading zeros
};

struct lint_certificate {
	struct view outer_algorithm;   // whole; empty: only the TBSCertificate is there
	uint64_t version;              // as encoded: 2 is v3; absent: 0
	bool version_written;
	struct view serial;            // content of the INTEGER
	struct view algorithm;         // whole
	struct lint_name issuer, subject;
	struct view issuer_der, subject_der;
	bool times_readable;
	xica_time not_before, not_after;
	struct lint_key key;
	bool unique_ids;
	struct lint_extension *extensions;
	size_t extension_count;

	// values; all zero where the extension is absent or malformed
	bool ca, has_path_len;
	uint32_t key_usage;
	struct view *purposes;         // OIDs of extKeyUsage
	size_t purpose_count;
	struct lint_general_names alt_names;
	struct view subject_key_id, authority_key_id;
	struct lint_access *access;
	size_t access_count;
	struct lint_general_names crl_names;
	bool crl_points_partial;       // a distribution point with reasons, cRLIssuer, a relative name, or no name
	struct view *policies;
	size_t policy_count;
	struct lint_general_names constraints;
	bool must_staple;
};

// XICA_EPARSE: *ret_where says in which part (static storage). XICA_ENOMEM.
XICA_MUST_CHECK int lint_read_certificate(struct view der, bool is_tbs, struct arena *arena, struct lint_certificate *ret_certificate,
					  const char **ret_where);
// Fills in the values of one extension. XICA_EPARSE: malformed. XICA_ENOMEM.
XICA_MUST_CHECK int lint_read_value(const struct lint_extension *extension, struct arena *arena, struct lint_certificate *certificate);
// The elements that follow one another in content; XICA_EPARSE: one is broken, or there are too many.
XICA_MUST_CHECK int lint_count(struct view content, size_t *ret_count);
// NULL: the certificate has no such extension.
const struct lint_extension *lint_find(const struct lint_certificate *certificate, enum oid id);
