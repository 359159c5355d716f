// The letters that the CA sends: texts from a catalogue with {{name}} places, made into messages (RFC 5322). Pure.
//
// A catalogue is a flat JSON object of one language: "NAME.subject" and "NAME.body" for each letter; "footer", which stands below every body; and
// "unsubscribe", which stands before it in letters that can be switched off. Values are one line each, whatever they hold: control characters become
// blanks, so that no value can make a header, a line or a place of its own.
#pragma once
#include <jansson.h>

#include "base/arena.h"
#include "base/clock.h"

enum { LETTER_CATALOGUE_MAX = 256 * 1024, LETTER_VALUES_MAX = 32, LETTER_VALUE_MAX = 32 * 1024 };

struct letter_catalogue {
	json_t *texts;
};

// XICA_EPARSE: no such object, or a letter has a subject and no body or the other way round.
XICA_MUST_CHECK int letter_catalogue_parse(struct view text, struct letter_catalogue *ret_catalogue);
void letter_catalogue_free(struct letter_catalogue *catalogue);
bool letter_catalogue_has(const struct letter_catalogue *catalogue, struct view letter);

struct letter_value {
	struct view name, text;
};

struct letter {
	struct view name;     // "confirm"
	const char *language; // of the catalogue, "en"
	struct view from_name, from, to; // addresses as mail_address_parse gives them
	struct view id;       // left part of Message-ID: letters and digits that nobody had before
	xica_time date;
	// Values with a meaning: "unsubscribe", an https URL that takes one POST, makes List-Unsubscribe (RFC 8058); with "unsubscribe_page" the text
	// says how to switch the letter off.
	const struct letter_value *values;
	size_t value_count;
};

// Appends the whole message, with CRLF. XICA_ENOTFOUND: no such letter, or a place without a value. XICA_EPARSE: the catalogue's text has a place that
// doesn't end. XICA_ERANGE: too many values, or one that is too long. XICA_EINVAL: unsubscribe is no URL, or too long a one for a header. why (appended): what is wrong, for the log.
XICA_MUST_CHECK int letter_compose(const struct letter_catalogue *catalogue, const struct letter *letter, struct buf *out, struct buf *why);
