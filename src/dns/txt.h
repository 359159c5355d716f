// TXT records (RFC 1035 §3.3.14). Pure.
#pragma once
#include "base/buf.h"

// Appends the record's character-strings, joined without anything between them (as RFC 7208 §3.3 does). XICA_EPARSE: malformed.
XICA_MUST_CHECK int dns_txt_join(struct view rdata, struct buf *out);
