#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <stdlib.h>

#include "crypto/openssl.h"
#include "crypto/tls.h"
#include "crypto/tls_context.h"

struct crypto_tls_server {
	SSL_CTX *ctx;
};

enum { CHAIN_MAX_LEN = 1 << 20 };

// RFC 7301 §3.2: a client that offers protocols, and not ours, gets the alert no_application_protocol.
static int choose_http11(SSL *ssl, const unsigned char **ret_name, unsigned char *ret_len, const unsigned char *offer,
	unsigned offer_len, void *arg)
{
	static const unsigned char OURS[] = "\x08http/1.1";
	unsigned char *name = NULL, len = 0;
	(void)ssl;
	(void)arg;
	if (SSL_select_next_proto(&name, &len, OURS, sizeof(OURS) - 1, offer, offer_len) != OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*ret_name = name;
	*ret_len = len;
	return SSL_TLSEXT_ERR_OK;
}

// The end of the file is one of PEM's errors; any other means that a certificate is damaged.
static bool is_end(void)
{
	unsigned long error = ERR_peek_last_error();
	return ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
}

static int no_passphrase(char *out, int size, int writing, void *arg)
{
	(void)out;
	(void)size;
	(void)writing;
	(void)arg;
	return -1; // without this, OpenSSL asks on the terminal
}

static int use_chain(SSL_CTX *ctx, struct view chain_pem)
{
	cleanup_ossl(BIO) *bio = BIO_new_mem_buf(chain_pem.ptr, (int)chain_pem.len);
	cleanup_ossl(X509) *leaf = bio ? PEM_read_bio_X509(bio, NULL, no_passphrase, NULL) : NULL;
	if (!leaf)
		return XICA_EPARSE;
	if (SSL_CTX_use_certificate(ctx, leaf) != 1)
		return XICA_EINVAL;
	ERR_clear_error();
	for (;;) {
		cleanup_ossl(X509) *issuer = PEM_read_bio_X509(bio, NULL, no_passphrase, NULL);
		if (!issuer)
			return is_end() ? XICA_OK : XICA_EPARSE;
		if (SSL_CTX_add1_chain_cert(ctx, issuer) != 1)
			return XICA_EINVAL;
	}
}

static int use_key(SSL_CTX *ctx, struct view key_pem)
{
	cleanup_key *key = NULL;
	int error = crypto_key_from_pem(key_pem, VIEW_NONE, &key);
	if (error)
		return error;
	// Fails where the key is not that of the certificate.
	return SSL_CTX_use_PrivateKey(ctx, key->pkey) == 1 && SSL_CTX_check_private_key(ctx) == 1 ? XICA_OK : XICA_EINVAL;
}

static int configure(SSL_CTX *ctx, struct view chain_pem, struct view key_pem)
{
	static const unsigned char NAME[] = "xica";
	if (!chain_pem.len || chain_pem.len > CHAIN_MAX_LEN)
		return XICA_EPARSE;
	int error = use_chain(ctx, chain_pem);
	if (!error)
		error = use_key(ctx, key_pem);
	if (error)
		return error;
	SSL_CTX_set_alpn_select_cb(ctx, choose_http11, NULL);
	// No front keeps sessions. To TLS 1.3 they would be worth little: what a ticket saves, a signature, is about what it costs to make.
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	if (SSL_CTX_set_session_id_context(ctx, NAME, sizeof(NAME) - 1) != 1 || SSL_CTX_set_num_tickets(ctx, 0) != 1)
		return XICA_ECRYPTO;
	return XICA_OK;
}

int crypto_tls_server_new(struct view chain_pem, struct view key_pem, struct crypto_tls_server **ret_server)
{
	struct crypto_tls_server *server = calloc(1, sizeof(*server));
	if (!server)
		return XICA_ENOMEM;
	server->ctx = crypto_tls_context(TLS_server_method());
	int error = server->ctx ? configure(server->ctx, chain_pem, key_pem) : XICA_ECRYPTO;
	if (error) {
		crypto_tls_server_free(server);
		return crypto_failed(error);
	}
	*ret_server = server;
	return crypto_failed(XICA_OK);
}

void crypto_tls_server_free(struct crypto_tls_server *server)
{
	if (!server)
		return;
	SSL_CTX_free(server->ctx); // counts references: connections hold one each
	free(server);
}

struct ssl_st *crypto_tls_accept(struct crypto_tls_server *server)
{
	SSL *ssl = SSL_new(server->ctx);
	if (ssl)
		SSL_set_accept_state(ssl);
	else
		ERR_clear_error();
	return ssl;
}
