// Problem documents (RFC 7807, RFC 8555 §6.7): the one place that decides what a stranger is told.
#pragma once
#include <jansson.h>

#include "base/arena.h"
#include "base/buf.h"
#include "pki/names.h"

enum acme_problem_type { // RFC 8555 §6.7, RFC 9773 §7.4; draft-ietf-acme-profiles §6
	ACME_PROBLEM_NONE,
	ACME_ACCOUNT_DOES_NOT_EXIST,
	ACME_ALREADY_REPLACED,
	ACME_ALREADY_REVOKED,
	ACME_BAD_CSR,
	ACME_BAD_NONCE,
	ACME_BAD_PUBLIC_KEY,
	ACME_BAD_REVOCATION_REASON,
	ACME_BAD_SIGNATURE_ALGORITHM,
	ACME_CAA,
	ACME_COMPOUND,
	ACME_CONNECTION,
	ACME_DNS,
	ACME_EXTERNAL_ACCOUNT_REQUIRED,
	ACME_INCORRECT_RESPONSE,
	ACME_INVALID_CONTACT,
	ACME_INVALID_PROFILE,
	ACME_MALFORMED,
	ACME_ORDER_NOT_READY,
	ACME_RATE_LIMITED,
	ACME_REJECTED_IDENTIFIER,
	ACME_SERVER_INTERNAL,
	ACME_TLS,
	ACME_UNAUTHORIZED,
	ACME_UNSUPPORTED_CONTACT,
	ACME_UNSUPPORTED_IDENTIFIER,
	ACME_USER_ACTION_REQUIRED,
	ACME_PROBLEM_COUNT,
};

struct acme_problem {
	enum acme_problem_type type;
	unsigned status;                 // HTTP; 0: the type's usual one
	const char *detail;              // a sentence for the applicant, without internals; borrowed
	const char *identifier_type;     // in a subproblem: which of the identifiers, in the words of the request; NULL: none
	const char *identifier_value;
	const struct acme_problem *subproblems;
	size_t subproblem_count;
	const char *const *algorithms;   // badSignatureAlgorithm: those that we do; ends with NULL
	unsigned retry_after;            // seconds, for the header; 0: none
};

extern const char *const ACME_ALGORITHMS[]; // ES256 …, ends with NULL

// "malformed"; the URN is urn:ietf:params:acme:error: before it. NULL for NONE.
const char *acme_problem_name(enum acme_problem_type type);
// ACME_SERVER_INTERNAL for a name that is none.
enum acme_problem_type acme_problem_from_name(struct view name);
unsigned acme_problem_status(const struct acme_problem *problem); // HTTP status
// The document; NULL: no memory. The "status" member is always there.
json_t *acme_problem_json(const struct acme_problem *problem);
XICA_MUST_CHECK int acme_problem_write(const struct acme_problem *problem, struct buf *out); // as text, appended
