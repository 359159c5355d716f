// Certificates in one PKCS #7 file ("p7b"): a SignedData without content and without signers (RFC 5652 §5.1, RFC 2315 §9.1), as browsers, Java and Windows read
// it. Pure.
#pragma once
#include "base/buf.h"

// Appends the ContentInfo that holds these certificates (DER), in this order.
XICA_MUST_CHECK int pki_certs_only_write(const struct view *certificates, size_t count, struct buf *out);
