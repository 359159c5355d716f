#include "acme/problem.h"

#include <stdlib.h>

static const struct {
	const char *name;
	unsigned status;
} TYPES[ACME_PROBLEM_COUNT] = {
	[ACME_ACCOUNT_DOES_NOT_EXIST] = {"accountDoesNotExist", 400},
	[ACME_ALREADY_REPLACED] = {"alreadyReplaced", 409},
	[ACME_ALREADY_REVOKED] = {"alreadyRevoked", 400},
	[ACME_BAD_CSR] = {"badCSR", 400},
	[ACME_BAD_NONCE] = {"badNonce", 400},
	[ACME_BAD_PUBLIC_KEY] = {"badPublicKey", 400},
	[ACME_BAD_REVOCATION_REASON] = {"badRevocationReason", 400},
	[ACME_BAD_SIGNATURE_ALGORITHM] = {"badSignatureAlgorithm", 400},
	[ACME_CAA] = {"caa", 403},
	[ACME_COMPOUND] = {"compound", 400},
	[ACME_CONNECTION] = {"connection", 400},
	[ACME_DNS] = {"dns", 400},
	[ACME_EXTERNAL_ACCOUNT_REQUIRED] = {"externalAccountRequired", 403},
	[ACME_INCORRECT_RESPONSE] = {"incorrectResponse", 403},
	[ACME_INVALID_CONTACT] = {"invalidContact", 400},
	[ACME_INVALID_PROFILE] = {"invalidProfile", 400},
	[ACME_MALFORMED] = {"malformed", 400},
	[ACME_ORDER_NOT_READY] = {"orderNotReady", 403},
	[ACME_RATE_LIMITED] = {"rateLimited", 429},
	[ACME_REJECTED_IDENTIFIER] = {"rejectedIdentifier", 400},
	[ACME_SERVER_INTERNAL] = {"serverInternal", 500},
	[ACME_TLS] = {"tls", 400},
	[ACME_UNAUTHORIZED] = {"unauthorized", 403},
	[ACME_UNSUPPORTED_CONTACT] = {"unsupportedContact", 400},
	[ACME_UNSUPPORTED_IDENTIFIER] = {"unsupportedIdentifier", 400},
	[ACME_USER_ACTION_REQUIRED] = {"userActionRequired", 403},
};

const char *const ACME_ALGORITHMS[] = {"ES256", "ES384", "RS256", "EdDSA", NULL};

const char *acme_problem_name(enum acme_problem_type type)
{
	return type > ACME_PROBLEM_NONE && type < ACME_PROBLEM_COUNT ? TYPES[type].name : NULL;
}

enum acme_problem_type acme_problem_from_name(struct view name)
{
	for (int type = ACME_PROBLEM_NONE + 1; type < ACME_PROBLEM_COUNT; type++)
		if (view_equal_str(name, TYPES[type].name))
			return (enum acme_problem_type)type;
	return ACME_SERVER_INTERNAL;
}

unsigned acme_problem_status(const struct acme_problem *problem)
{
	if (problem->status)
		return problem->status;
	return acme_problem_name(problem->type) ? TYPES[problem->type].status : 500;
}

static int add_subproblems(json_t *json, const struct acme_problem *problem)
{
	json_t *list = json_array();
	for (size_t i = 0; i < problem->subproblem_count; i++)
		if (json_array_append_new(list, acme_problem_json(&problem->subproblems[i])))
			goto err0;
	return json_object_set_new(json, "subproblems", list);
err0:
	json_decref(list);
	return -1;
}

json_t *acme_problem_json(const struct acme_problem *problem)
{
	const char *name = acme_problem_name(problem->type);
	json_t *json = json_pack("{s:s+, s:s*, s:i}", "type", "urn:ietf:params:acme:error:", name ? name : "serverInternal",
				 "detail", problem->detail, "status", (int)acme_problem_status(problem));
	if (!json)
		return NULL;
	int failed = 0;
	if (problem->identifier_type)
		failed |= json_object_set_new(json, "identifier", json_pack("{s:s, s:s}", "type", problem->identifier_type, "value",
									    problem->identifier_value));
	if (problem->algorithms) {
		json_t *list = json_array();
		for (size_t i = 0; problem->algorithms[i]; i++)
			failed |= json_array_append_new(list, json_string(problem->algorithms[i]));
		failed |= json_object_set_new(json, "algorithms", list);
	}
	if (problem->subproblem_count)
		failed |= add_subproblems(json, problem);
	if (failed) {
		json_decref(json);
		return NULL;
	}
	return json;
}

int acme_problem_write(const struct acme_problem *problem, struct buf *out)
{
	json_t *json = acme_problem_json(problem);
	char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
	json_decref(json);
	if (!text)
		return XICA_ENOMEM;
	buf_add_str(out, text);
	free(text);
	return buf_error(out);
}
