#include "crypto/tls_fd.h"

#include <openssl/ssl.h>

int crypto_tls_handshake_fd(struct ssl_st *ssl, int fd)
{
	return SSL_set_fd(ssl, fd) == 1 && SSL_do_handshake(ssl) == 1 ? XICA_OK : XICA_EIO;
}
