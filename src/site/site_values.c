// What stands in a request, and what goes into an answer.
#include "site/site.h"

#include <string.h>

// --- the body

static const json_t *text_member(const struct site_request *request, const char *member, size_t max)
{
	const json_t *value = json_object_get(request->body, member);
	return json_is_string(value) && json_string_length(value) <= max ? value : NULL;
}

int site_text(struct site_request *request, const char *member, size_t max, struct view *ret_text)
{
	const json_t *value = json_object_get(request->body, member);
	if (!value || (json_is_string(value) && !json_string_length(value)))
		return site_refuse_field(request, member, "missing");
	if (!json_is_string(value))
		return site_refuse_field(request, member, "form");
	if (json_string_length(value) > max)
		return site_refuse_field(request, member, "too-long");
	*ret_text = view_bytes(json_string_value(value), json_string_length(value));
	return XICA_OK;
}

struct view site_text_or_none(const struct site_request *request, const char *member, size_t max)
{
	const json_t *value = text_member(request, member, max);
	return value ? view_bytes(json_string_value(value), json_string_length(value)) : VIEW_NONE;
}

bool site_flag(const struct site_request *request, const char *member)
{
	return json_is_true(json_object_get(request->body, member));
}

// --- the query

static int hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool is_text(struct view bytes)
{
	json_t *text = bytes.len ? json_stringn((const char *)bytes.ptr, bytes.len) : NULL; // NULL where it isn't UTF-8
	json_decref(text);
	return text && view_index(bytes, 0, 0) == SIZE_MAX;
}

// As forms write it: '+' is a space. Empty where that isn't text.
static struct view decode(struct arena *arena, struct view encoded)
{
	uint8_t *out = arena_alloc(arena, encoded.len + 1);
	size_t len = 0;
	for (size_t i = 0; out && i < encoded.len; i++) {
		uint8_t c = encoded.ptr[i];
		if (c == '%') {
			int high = i + 2 < encoded.len ? hex_digit(encoded.ptr[i + 1]) : -1, low = high < 0 ? -1 : hex_digit(encoded.ptr[i + 2]);
			if (low < 0)
				return VIEW_NONE;
			out[len++] = (uint8_t)(high << 4 | low);
			i += 2;
		} else {
			out[len++] = c == '+' ? ' ' : c;
		}
	}
	struct view text = out ? view_bytes(out, len) : VIEW_NONE;
	return is_text(text) ? text : VIEW_NONE;
}

struct view site_query(struct site_request *request, const char *name)
{
	struct view rest = request->query;
	while (rest.len) {
		size_t end = view_index(rest, '&', 0);
		struct view pair = view_sub(rest, 0, end);
		size_t equals = view_index(pair, '=', 0);
		if (equals != SIZE_MAX && view_equal_str(view_sub(pair, 0, equals), name))
			return decode(&request->arena, view_sub(pair, equals + 1, SIZE_MAX));
		rest = end == SIZE_MAX ? VIEW_NONE : view_sub(rest, end + 1, SIZE_MAX);
	}
	return VIEW_NONE;
}

// --- the answer

int site_answer(struct site_request *request, json_t *result)
{
	if (!result)
		return XICA_ENOMEM;
	json_decref(request->result);
	request->result = result;
	return XICA_OK;
}

json_t *site_json_text(struct view text)
{
	return json_stringn(text.len ? (const char *)text.ptr : "", text.len);
}
