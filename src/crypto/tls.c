#include "crypto/tls.h"

#include <openssl/ssl.h>

#include "crypto/openssl.h"
#include "crypto/tls_context.h"

// RFC 9325 §4.2: forward secrecy and AEAD only. TLS 1.3's own suites are OpenSSL's default.
static const char SUITES[] = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
			     "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";

SSL_CTX *crypto_tls_context(const SSL_METHOD *method)
{
	SSL_CTX *ctx = SSL_CTX_new(method);
	if (!ctx)
		return NULL;
	if (SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) != 1 || SSL_CTX_set_cipher_list(ctx, SUITES) != 1 ||
	    SSL_CTX_set1_groups_list(ctx, "X25519:P-256:P-384") != 1) {
		SSL_CTX_free(ctx);
		return NULL;
	}
	SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
	// Buffers are given back while a connection idles: most do.
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	return ctx;
}

void crypto_tls_ssl_free(struct ssl_st *ssl)
{
	SSL_free(ssl);
}

int crypto_tls_peer_certificate(struct ssl_st *ssl, struct buf *der_out)
{
	uint8_t *der = NULL;
	X509 *certificate = SSL_get0_peer_certificate(ssl);
	if (!certificate)
		return XICA_ENOTFOUND;
	int len = i2d_X509(certificate, &der);
	if (len <= 0)
		return crypto_failed(XICA_ECRYPTO);
	buf_add(der_out, view_bytes(der, (size_t)len));
	OPENSSL_free(der);
	return buf_error(der_out);
}

int crypto_tls_peer_chain(struct ssl_st *ssl, struct buf *ders_out)
{
	STACK_OF(X509) *chain = SSL_get_peer_cert_chain(ssl); // the certificate itself is its first
	for (int i = 1; i < sk_X509_num(chain); i++) {
		uint8_t *der = NULL;
		int len = i2d_X509(sk_X509_value(chain, i), &der);
		if (len <= 0)
			return crypto_failed(XICA_ECRYPTO);
		buf_add(ders_out, view_bytes(der, (size_t)len));
		OPENSSL_free(der);
	}
	return buf_error(ders_out);
}

struct view crypto_tls_alpn(struct ssl_st *ssl)
{
	const unsigned char *name = NULL;
	unsigned len = 0;
	SSL_get0_alpn_selected(ssl, &name, &len);
	return len ? view_bytes(name, len) : VIEW_NONE;
}

const char *crypto_tls_version(struct ssl_st *ssl)
{
	return SSL_get_version(ssl);
}

const char *crypto_tls_error(void)
{
	static char text[256];
	unsigned long error = ERR_peek_last_error();
	if (!error)
		return "no error";
	const char *reason = ERR_reason_error_string(error);
	if (reason) {
		ERR_clear_error();
		return reason;
	}
	ERR_error_string_n(error, text, sizeof(text));
	ERR_clear_error();
	return text;
}

const char *crypto_tls_reason(unsigned long code)
{
	const char *reason = code ? ERR_reason_error_string(code) : NULL;
	return reason || !code ? reason : "unknown error";
}
