// What both sides of TLS have in common. Of this room alone.
#pragma once
#include <openssl/ssl.h>

// TLS 1.2 and newer, modern suites, no renegotiation. Owned by the caller; NULL when it cannot be had.
SSL_CTX *crypto_tls_context(const SSL_METHOD *method);
