#include "crypto/digest.h"
#include "jose/jws.h"

int jose_init(void)
{
	size_t seed = 0;
	int error = crypto_random(&seed, sizeof(seed));
	if (error)
		return error;
	json_object_seed(seed ? seed : 1); // 0 would make jansson look for a seed itself; only the first call counts
	return XICA_OK;
}

// Brackets outside of strings; what else is wrong with the text is left to the parser.
static bool is_too_deep(struct view text, size_t max)
{
	size_t depth = 0;
	bool in_string = false;
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.ptr[i];
		if (in_string && c == '\\')
			i++;
		else if (c == '"')
			in_string = !in_string;
		else if (!in_string && (c == '{' || c == '[') && ++depth > max)
			return true;
		else if (!in_string && (c == '}' || c == ']') && depth)
			depth--;
	}
	return false;
}

json_t *jose_json_parse(struct view text)
{
	if (!text.len || is_too_deep(text, JWS_MAX_DEPTH))
		return NULL;
	// Without JSON_DISABLE_EOF_CHECK nothing may follow, and without JSON_ALLOW_NUL no string holds a NUL.
	return json_loadb((const char *)text.ptr, text.len, JSON_REJECT_DUPLICATES, NULL);
}
