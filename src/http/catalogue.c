#include "http/catalogue.h"

#include <stdlib.h>

#include "jose/jws.h"

static int by_key(const void *a, const void *b)
{
	const struct http_catalogue_text *left = a, *right = b;
	return view_compare(left->key, right->key);
}

static int read_texts(json_t *object, struct arena *arena, struct http_catalogue *catalogue)
{
	const char *key;
	json_t *text;
	json_object_foreach(object, key, text) {
		if (!json_is_string(text))
			return XICA_EPARSE;
		struct http_catalogue_text *entry = &catalogue->list[catalogue->count++];
		entry->key = arena_copy(arena, view_str(key));
		entry->text = arena_copy(arena, view_bytes(json_string_value(text), json_string_length(text)));
		if (!entry->key.ptr || !entry->text.ptr)
			return XICA_ENOMEM;
	}
	return XICA_OK;
}

int http_catalogue_read(struct view json, struct arena *arena, struct http_catalogue *ret_catalogue)
{
	json_t *object = jose_json_parse(json);
	if (!json_is_object(object)) {
		json_decref(object);
		return XICA_EPARSE;
	}
	struct http_catalogue catalogue = {.list = arena_array(arena, json_object_size(object) + 1, sizeof(*catalogue.list))};
	int error = catalogue.list ? read_texts(object, arena, &catalogue) : XICA_ENOMEM;
	json_decref(object);
	if (error)
		return error;
	qsort(catalogue.list, catalogue.count, sizeof(*catalogue.list), by_key);
	*ret_catalogue = catalogue;
	return XICA_OK;
}

struct view http_catalogue_find(const struct http_catalogue *catalogue, struct view key)
{
	size_t from = 0, to = catalogue->count;
	while (from < to) {
		size_t middle = from + (to - from) / 2;
		int order = view_compare(key, catalogue->list[middle].key);
		if (!order)
			return catalogue->list[middle].text;
		if (order < 0)
			to = middle;
		else
			from = middle + 1;
	}
	return VIEW_NONE;
}
