#include "role/front/strict.h"

static bool refuse(struct acme_problem *problem, const char *detail)
{
	*problem = (struct acme_problem){.type = ACME_MALFORMED, .detail = detail};
	return false;
}

// What is no JSON at all is for the registrar to refuse.
static bool is_filled_object(struct view payload)
{
	json_t *json = jose_json_parse(payload);
	bool filled = json && (!json_is_object(json) || json_object_size(json));
	json_decref(json);
	return filled;
}

static bool is_empty_object(struct view payload)
{
	json_t *json = jose_json_parse(payload);
	bool empty = json_is_object(json) && !json_object_size(json);
	json_decref(json);
	return empty;
}

bool front_strict_allows(const struct front_call *call, struct acme_problem *problem)
{
	if (!http_request_header(call->request, "User-Agent").len)
		return refuse(problem, "a client must send a User-Agent (RFC 8555, section 6.1)");
	if (call->endpoint == ACME_CHALLENGE && !view_equal_str(call->object_part, "email-01") && is_filled_object(call->jws.payload))
		return refuse(problem, "a challenge is answered by {}, an empty object (RFC 8555, section 7.5.1)");
	if (call->endpoint == ACME_AUTHZ && is_empty_object(call->jws.payload))
		return refuse(problem, "an authorization is read by POST-as-GET: the payload must be empty, not {} (RFC 8555, section 6.3)");
	return true;
}
