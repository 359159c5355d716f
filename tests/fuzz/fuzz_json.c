// JSON from outside: what is accepted keeps its value when it is written and read again; and an object that is read in place has the members that jansson finds.
#include <stdlib.h>
#include <string.h>

#include "jose/jws.h"
#include "jose/object.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_again(const json_t *json)
{
	char *text = json_dumps(json, JSON_COMPACT);
	json_t *again = jose_json_parse(view_str(text));
	if (!again || !json_equal(json, again))
		abort();
	json_decref(again);
	free(text);
}

static void check_member(const struct jose_object *object, const char *name, const json_t *expected)
{
	struct view value;
	enum jose_kind kind = jose_object_find(object, name, &value);
	if (kind != (json_is_string(expected) ? JOSE_STRING : JOSE_OTHER) || !jose_object_has(object, name))
		abort();
	if (kind == JOSE_STRING && !view_equal(value, view_bytes(json_string_value(expected), json_string_length(expected))))
		abort();
	if (kind == JOSE_OTHER && !json_equal(jose_object_json(object, name), expected))
		abort();
}

static void check_object(const struct jose_object *object, json_t *json)
{
	const char *name;
	json_t *member;
	if (!json_is_object(json) || (!object->json && object->plain_count != json_object_size(json)))
		abort();
	json_object_foreach(json, name, member)
		check_member(object, name, member);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct view text = view_bytes(data, size);
	struct jose_object object;
	json_t *json = jose_json_parse(text);
	if (!jose_object_read(text, &object))
		check_object(&object, json);
	else if (json_is_object(json))
		abort();
	if (json)
		check_again(json);
	jose_object_free(&object);
	json_decref(json);
	return 0;
}
