// Random bytes, and the text that people copy onto the command lines of ACME clients: base64url that never begins with a hyphen, which would make an option of it.
#pragma once
#include "base/buf.h"

// len bytes are appended to bytes, and their text to text; both must be empty.
XICA_MUST_CHECK int site_random_text(size_t len, struct buf *bytes, struct buf *text);
