// An answer to an email-01 challenge: a wish for a letter, or the code that was in it (docs/acme-email.md).
#include "acme/payload.h"

#include "acme/payload_json.h"

// A member that is a text of 1 to max bytes; absent ones leave *ret_text empty.
static int optional_text(const json_t *json, const char *name, size_t max, struct arena *arena, struct view *ret_text, struct acme_problem *problem)
{
	const json_t *value = json_object_get(json, name);
	if (!value)
		return XICA_OK;
	if (!json_is_string(value) || !json_string_length(value) || json_string_length(value) > max)
		return payload_json_malformed(problem, "address, code and language are texts, neither empty nor longer than what they hold");
	*ret_text = arena_copy(arena, view_bytes(json_string_value(value), json_string_length(value)));
	return ret_text->ptr ? XICA_OK : XICA_ENOMEM;
}

static int parse_language(const json_t *json, struct arena *arena, const char **ret_language, struct acme_problem *problem)
{
	struct view text = VIEW_NONE;
	int error = optional_text(json, "language", 2, arena, &text, problem);
	if (error || !text.len)
		return error;
	for (size_t i = 0; i < 2; i++)
		if (text.len != 2 || text.ptr[i] < 'a' || text.ptr[i] > 'z')
			return payload_json_malformed(problem, "language must be two lower-case letters: \"en\", \"de\"");
	*ret_language = (const char *)text.ptr;
	return XICA_OK;
}

int acme_parse_email_answer(struct view payload, struct arena *arena, struct acme_email_answer *ret, struct acme_problem *problem)
{
	cleanup_json *json = NULL;
	struct acme_email_answer answer = {0};
	int error;
	if ((error = payload_json_parse(payload, &json, problem)) ||
	    (error = optional_text(json, "address", ACME_CONTACT_LEN_MAX + 64, arena, &answer.address, problem)) ||
	    (error = optional_text(json, "code", ACME_CODE_LEN_MAX, arena, &answer.code, problem)) ||
	    (error = parse_language(json, arena, &answer.language, problem)))
		return error;
	if (!answer.address.len == !answer.code.len)
		return payload_json_malformed(problem, "this challenge is answered by an address, to have a letter sent there, or by the code in that letter");
	*ret = answer;
	return XICA_OK;
}
