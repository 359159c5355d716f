// TLS on a blocking socket, for programs that look at one server.
#pragma once
#include "crypto/tls.h"

// The handshake of an SSL of crypto_tls_connect on a connected socket, whose timeouts hold. The socket stays the caller's. XICA_EIO: crypto_tls_error says why.
XICA_MUST_CHECK int crypto_tls_handshake_fd(struct ssl_st *ssl, int fd);
