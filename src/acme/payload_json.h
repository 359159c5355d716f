// What the parsers of payloads share: the JSON object of a request, and how it is refused.
#pragma once
#include <jansson.h>

#include "acme/problem.h"
#include "jose/object.h"

#define cleanup_json [[gnu::cleanup(payload_json_cleanup)]] json_t

void payload_json_cleanup(json_t **json);
// XICA_EPARSE with the problem filled in; XICA_ENOMEM where detail is NULL.
XICA_MUST_CHECK int payload_json_refuse(struct acme_problem *problem, enum acme_problem_type type, const char *detail);
XICA_MUST_CHECK int payload_json_malformed(struct acme_problem *problem, const char *detail);
// The payload as an object, the caller's to release.
XICA_MUST_CHECK int payload_json_parse(struct view payload, json_t **ret_json, struct acme_problem *problem);
// The same, of which only members are looked for.
XICA_MUST_CHECK int payload_object_read(struct view payload, struct jose_object *ret_object, struct acme_problem *problem);
