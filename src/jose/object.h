// A JSON object from outside, looked at member by member. Nearly all that ACME sends are a few strings in one object ({"protected", "payload", "signature"}, a header with
// kid, {"csr"}): such a text is read where it stands, without memory and in a tenth of the time. Every other text is jansson's, by the rules of jose_json_parse; what is
// read in place is a part of what those accept, and means the same.
#pragma once
#include <jansson.h>

#include "base/error.h"
#include "base/view.h"

enum { JOSE_PLAIN_MAX = 8 };

enum jose_kind { JOSE_ABSENT, JOSE_STRING, JOSE_OTHER };

struct jose_object {
	size_t plain_count;
	struct jose_plain {
		struct view name, value;
	} plain[JOSE_PLAIN_MAX];    // where json is NULL: views into the text
	json_t *json;
};

#define cleanup_object [[gnu::cleanup(jose_object_free)]] struct jose_object

// XICA_EPARSE: no JSON object, or one that jose_json_parse refuses. The text must live as long as what was read.
XICA_MUST_CHECK int jose_object_read(struct view text, struct jose_object *ret_object);
// An object that jansson has read, borrowed: it isn't to be freed by jose_object_free.
struct jose_object jose_object_of(const json_t *object);
void jose_object_free(struct jose_object *object);
// Where it is a string, *ret_string is that, as long as the object and its text live; otherwise VIEW_NONE.
enum jose_kind jose_object_find(const struct jose_object *object, const char *name, struct view *ret_string);
bool jose_object_has(const struct jose_object *object, const char *name);
// A member that is no string; NULL where there is none.
const json_t *jose_object_json(const struct jose_object *object, const char *name);
