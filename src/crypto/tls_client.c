#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/openssl.h"
#include "crypto/tls.h"
#include "crypto/tls_context.h"

struct crypto_tls_client {
	SSL_CTX *ctx;
};

// ProtocolNameList has a length octet before each name (RFC 7301 §3.1).
static int offer(SSL_CTX *ctx, struct view alpn)
{
	uint8_t list[256];
	if (!alpn.len)
		return XICA_OK;
	if (alpn.len > 255)
		return XICA_EINVAL;
	list[0] = (uint8_t)alpn.len;
	memcpy(list + 1, alpn.ptr, alpn.len);
	// 0 is success here, unlike elsewhere.
	return SSL_CTX_set_alpn_protos(ctx, list, (unsigned)alpn.len + 1) == 0 ? XICA_OK : XICA_ECRYPTO;
}

int crypto_tls_client_new(struct view alpn, struct crypto_tls_client **ret_client)
{
	struct crypto_tls_client *client = calloc(1, sizeof(*client));
	if (!client)
		return XICA_ENOMEM;
	client->ctx = crypto_tls_context(TLS_client_method());
	int error = client->ctx ? offer(client->ctx, alpn) : XICA_ECRYPTO;
	if (error) {
		crypto_tls_client_free(client);
		return crypto_failed(error);
	}
	// The certificate is what we came to see; whether it proves anything is decided by who called.
	SSL_CTX_set_verify(client->ctx, SSL_VERIFY_NONE, NULL);
	SSL_CTX_set_session_cache_mode(client->ctx, SSL_SESS_CACHE_OFF);
	*ret_client = client;
	return crypto_failed(XICA_OK);
}

void crypto_tls_client_free(struct crypto_tls_client *client)
{
	if (!client)
		return;
	SSL_CTX_free(client->ctx);
	free(client);
}

struct ssl_st *crypto_tls_connect(struct crypto_tls_client *client, const char *sni)
{
	SSL *ssl = SSL_new(client->ctx);
	if (!ssl || (sni && *sni && SSL_set_tlsext_host_name(ssl, sni) != 1)) {
		SSL_free(ssl);
		ERR_clear_error();
		return NULL;
	}
	SSL_set_connect_state(ssl);
	return ssl;
}
