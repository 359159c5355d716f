// JSON text (RFC 8259), written as it goes: for what is written often and is small. What comes from outside is read, and what is large or taken apart is written, by jansson.
#pragma once
#include "base/buf.h"

// Appends a string, quoted. A byte that is no UTF-8 becomes U+FFFD.
void json_text_add_string(struct buf *out, struct view text);

// An object or an array that is being written: between its brackets, members or elements with commas between them.
struct json_text {
	struct buf *out;
	bool more;
};

struct json_text json_text_open(struct buf *out, char bracket); // '{' or '['
void json_text_close(struct json_text *text, char bracket);
void json_text_element(struct json_text *text);                 // one begins: its value is appended to out next
void json_text_member(struct json_text *text, const char *name); // likewise; name is ASCII without what must be escaped
