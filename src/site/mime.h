// The encodings of Internet messages: what is not ASCII, and lines that may be long (RFC 2045, RFC 2047). Pure.
#pragma once
#include "base/buf.h"

enum { MIME_LINE_MAX = 76 }; // of what is encoded (RFC 2045 §6.7, RFC 2047 §2)

// An unstructured header field with its CRLF: "Subject: …". What is not printable ASCII, or looks like an encoded word, becomes encoded words (RFC 2047)
// that are folded; a long text of ASCII is folded at blanks. value has no control characters and is UTF-8: XICA_EINVAL otherwise.
XICA_MUST_CHECK int mime_add_field(struct buf *out, const char *name, struct view value);
// A display name before <address>: an atom, a quoted string, or encoded words. As above; '"' and '\' are escaped.
XICA_MUST_CHECK int mime_add_phrase(struct buf *out, struct view name);
// A text with "\n" lines as quoted-printable, lines ending with CRLF (RFC 2045 §6.7).
void mime_add_quoted_printable(struct buf *out, struct view text);
// May it go as it is (7bit): ASCII, no line beyond 998 (RFC 5322 §2.1.1)?
bool mime_is_7bit(struct view text);
// Strict UTF-8 (RFC 3629 §4): no surrogates, nothing overlong. The length in bytes of the character at `at`; 0: none.
size_t mime_utf8_length(struct view text, size_t at);
