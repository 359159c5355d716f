// PEM as certificates travel in it (RFC 7468): text lines around base64. Pure. Private keys are crypto/key.h's.
#pragma once
#include "base/buf.h"

#define PEM_CERTIFICATE "CERTIFICATE"
#define PEM_REQUEST "CERTIFICATE REQUEST"
#define PEM_CRL "X509 CRL"

// The next block with this label at or after the cursor: its bytes are appended and the cursor moves behind it. Other blocks and the text
// between blocks are skipped. XICA_ENOTFOUND: none is left. XICA_EPARSE: a block that does not end, or is no base64; out as it was.
XICA_MUST_CHECK int pem_read(struct view *cursor, const char *label, struct buf *der_out);
// Lines of 64 characters; appended.
void pem_write(struct buf *out, const char *label, struct view der);
