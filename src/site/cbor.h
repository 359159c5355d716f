// A reader of CBOR (RFC 8949), as far as authenticators write it (CTAP2 canonical form): definite lengths, integers, strings, arrays, maps. Pure.
#pragma once
#include "base/error.h"
#include "base/view.h"

enum cbor_type { CBOR_UNSIGNED, CBOR_NEGATIVE, CBOR_BYTES, CBOR_TEXT, CBOR_ARRAY, CBOR_MAP, CBOR_TAG, CBOR_SIMPLE };

enum { CBOR_DEPTH_MAX = 8 };

struct cbor_item {
	enum cbor_type type;
	uint64_t number;   // the integer, the count of elements (of a map: of pairs)
	struct view bytes; // of strings
};

// The head of the next item, and all of it where it is a string; *text moves behind. XICA_EPARSE: cut short, or an indefinite length. XICA_EUNSUPPORTED:
// a tag.
XICA_MUST_CHECK int cbor_read(struct view *text, struct cbor_item *ret_item);
// Moves behind the next item and all that is in it.
XICA_MUST_CHECK int cbor_skip(struct view *text);
