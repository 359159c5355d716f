// Between the files of letters: {{name}} places and what fills them.
#pragma once
#include "site/letter.h"

const struct letter_value *letter_value_find(const struct letter *letter, struct view name); // NULL: there is none
// XICA_ERANGE as letter_compose.
XICA_MUST_CHECK int letter_check_values(const struct letter *letter, struct buf *why);
// Appends text with its places filled; a value's own braces stay what they are. Errors as letter_compose.
XICA_MUST_CHECK int letter_fill(struct view text, const struct letter *letter, struct buf *out, struct buf *why);
