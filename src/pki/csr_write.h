// Writes the CSR (RFC 2986) of a server's certificate: the side of a client. Pure.
#pragma once
#include "crypto/key.h"
#include "pki/names.h"

// Empty subject; asks for a dNSName for each name ("example.org", "*.example.org"), and for an SRVName where it begins with a service
// ("_xmpp-server.example.org"). Appends. XICA_EINVAL: no names.
XICA_MUST_CHECK int pki_csr_write(const struct crypto_key *key, const struct view *names, size_t count, struct buf *out);
