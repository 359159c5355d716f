#include "jose/object.h"

#include <string.h>

#include "jose/jws.h"

struct reader {
	const uint8_t *at, *end;
};

// RFC 8259 §2
static void skip_space(struct reader *r)
{
	while (r->at < r->end && (*r->at == ' ' || *r->at == '\t' || *r->at == '\n' || *r->at == '\r'))
		r->at++;
}

static bool take(struct reader *r, uint8_t c)
{
	skip_space(r);
	if (r->at == r->end || *r->at != c)
		return false;
	r->at++;
	return true;
}

// Printable ASCII without an escape: it stands for itself.
static bool read_string(struct reader *r, struct view *ret_string)
{
	if (!take(r, '"'))
		return false;
	const uint8_t *end = memchr(r->at, '"', (size_t)(r->end - r->at));
	bool plain = end != NULL;
	for (const uint8_t *c = r->at; plain && c < end; c++)
		plain = *c >= ' ' && *c <= '~' && *c != '\\';
	if (!plain)
		return false;
	*ret_string = view_bytes(r->at, (size_t)(end - r->at));
	r->at = end + 1;
	return true;
}

static const struct jose_plain *find_plain(const struct jose_object *object, struct view name)
{
	for (size_t i = 0; i < object->plain_count; i++)
		if (view_equal(object->plain[i].name, name))
			return &object->plain[i];
	return NULL;
}

static bool read_member(struct reader *r, struct jose_object *object)
{
	struct jose_plain member;
	if (object->plain_count == JOSE_PLAIN_MAX || !read_string(r, &member.name) || !take(r, ':') || !read_string(r, &member.value) || find_plain(object, member.name))
		return false;
	object->plain[object->plain_count++] = member;
	return true;
}

static bool read_plain(struct view text, struct jose_object *object)
{
	struct reader r = {text.ptr, text.ptr + text.len};
	if (!take(&r, '{'))
		return false;
	if (!take(&r, '}')) {
		do {
			if (!read_member(&r, object))
				return false;
		} while (take(&r, ','));
		if (!take(&r, '}'))
			return false;
	}
	skip_space(&r);
	return r.at == r.end;
}

int jose_object_read(struct view text, struct jose_object *ret_object)
{
	ret_object->plain_count = 0;
	ret_object->json = NULL;
	if (text.len && read_plain(text, ret_object))
		return XICA_OK;
	ret_object->plain_count = 0;
	json_t *json = jose_json_parse(text);
	if (!json_is_object(json)) {
		json_decref(json);
		return XICA_EPARSE;
	}
	ret_object->json = json;
	return XICA_OK;
}

struct jose_object jose_object_of(const json_t *object)
{
	return (struct jose_object){.json = (json_t *)(uintptr_t)object};
}

void jose_object_free(struct jose_object *object)
{
	json_decref(object->json);
	object->plain_count = 0;
	object->json = NULL;
}

enum jose_kind jose_object_find(const struct jose_object *object, const char *name, struct view *ret_string)
{
	const struct jose_plain *plain = find_plain(object, view_str(name));
	const json_t *member = json_object_get(object->json, name);
	*ret_string = plain ? plain->value : json_is_string(member) ? view_bytes(json_string_value(member), json_string_length(member)) : VIEW_NONE;
	if (plain || json_is_string(member))
		return JOSE_STRING;
	return member ? JOSE_OTHER : JOSE_ABSENT;
}

bool jose_object_has(const struct jose_object *object, const char *name)
{
	struct view value;
	return jose_object_find(object, name, &value) != JOSE_ABSENT;
}

const json_t *jose_object_json(const struct jose_object *object, const char *name)
{
	const json_t *member = json_object_get(object->json, name);
	return json_is_string(member) ? NULL : member;
}
