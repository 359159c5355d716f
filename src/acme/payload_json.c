#include "acme/payload_json.h"

#include "jose/jws.h"

void payload_json_cleanup(json_t **json)
{
	json_decref(*json);
}

int payload_json_refuse(struct acme_problem *problem, enum acme_problem_type type, const char *detail)
{
	*problem = (struct acme_problem){.type = type, .detail = detail};
	return detail ? XICA_EPARSE : XICA_ENOMEM;
}

int payload_json_malformed(struct acme_problem *problem, const char *detail)
{
	return payload_json_refuse(problem, ACME_MALFORMED, detail);
}

static int refuse_text(struct acme_problem *problem)
{
	return payload_json_malformed(problem, "the payload is not a JSON object, or repeats a member's name");
}

int payload_json_parse(struct view payload, json_t **ret_json, struct acme_problem *problem)
{
	json_t *json = jose_json_parse(payload);
	if (!json_is_object(json)) {
		json_decref(json);
		return refuse_text(problem);
	}
	*ret_json = json;
	return XICA_OK;
}

int payload_object_read(struct view payload, struct jose_object *ret_object, struct acme_problem *problem)
{
	return jose_object_read(payload, ret_object) ? refuse_text(problem) : XICA_OK;
}
