#include "crypto/tls_challenges.h"

#include <stdlib.h>
#include <strings.h>

#include "crypto/openssl.h"
#include "crypto/tls_context.h"

struct one {
	SSL_CTX *ctx;
	struct one *next;
	char name[256];
};

struct crypto_tls_challenges {
	SSL_CTX *door; // has no certificate: the name that is asked for chooses one
	struct one *list;
};

static int choose_protocol(SSL *ssl, const unsigned char **ret_name, unsigned char *ret_len, const unsigned char *offer, unsigned offer_len, void *arg)
{
	static const unsigned char OURS[] = "\x0a"
					    "acme-tls/1";
	unsigned char *name = NULL, len = 0;
	(void)ssl;
	(void)arg;
	if (SSL_select_next_proto(&name, &len, OURS, sizeof(OURS) - 1, offer, offer_len) != OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*ret_name = name;
	*ret_len = len;
	return SSL_TLSEXT_ERR_OK;
}

static int choose_certificate(SSL *ssl, int *alert, void *arg)
{
	const struct crypto_tls_challenges *challenges = arg;
	const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
	for (const struct one *one = challenges->list; name && one; one = one->next)
		if (!strcasecmp(one->name, name))
			return SSL_set_SSL_CTX(ssl, one->ctx) ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
	*alert = SSL_AD_UNRECOGNIZED_NAME;
	return SSL_TLSEXT_ERR_ALERT_FATAL;
}

static SSL_CTX *make_context(void)
{
	SSL_CTX *ctx = crypto_tls_context(TLS_server_method());
	if (!ctx)
		return NULL;
	SSL_CTX_set_alpn_select_cb(ctx, choose_protocol, NULL);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	(void)SSL_CTX_set_num_tickets(ctx, 0);
	return ctx;
}

int crypto_tls_challenges_new(struct crypto_tls_challenges **ret_challenges)
{
	struct crypto_tls_challenges *challenges = calloc(1, sizeof(*challenges));
	if (!challenges)
		return XICA_ENOMEM;
	challenges->door = make_context();
	if (!challenges->door || SSL_CTX_set_tlsext_servername_callback(challenges->door, choose_certificate) != 1 ||
	    SSL_CTX_set_tlsext_servername_arg(challenges->door, challenges) != 1) {
		crypto_tls_challenges_free(challenges);
		return crypto_failed(XICA_ECRYPTO);
	}
	*ret_challenges = challenges;
	return XICA_OK;
}

void crypto_tls_challenges_free(struct crypto_tls_challenges *challenges)
{
	if (!challenges)
		return;
	for (struct one *one = challenges->list, *next; one; one = next) {
		next = one->next;
		SSL_CTX_free(one->ctx);
		free(one);
	}
	SSL_CTX_free(challenges->door);
	free(challenges);
}

static int fill(struct one *one, struct view certificate_der, const struct crypto_key *key)
{
	const unsigned char *der = certificate_der.ptr;
	cleanup_ossl(X509) *certificate = d2i_X509(NULL, &der, (long)certificate_der.len);
	if (!certificate)
		return XICA_EPARSE;
	one->ctx = make_context();
	if (!one->ctx)
		return XICA_ECRYPTO;
	return SSL_CTX_use_certificate(one->ctx, certificate) == 1 && SSL_CTX_use_PrivateKey(one->ctx, key->pkey) == 1 ? XICA_OK : XICA_EINVAL;
}

int crypto_tls_challenges_add(struct crypto_tls_challenges *challenges, const char *name, struct view certificate_der, const struct crypto_key *key)
{
	struct one *one = calloc(1, sizeof(*one));
	if (!one)
		return XICA_ENOMEM;
	size_t len = strlen(name);
	int error = len < sizeof(one->name) ? fill(one, certificate_der, key) : XICA_EINVAL;
	if (error) {
		SSL_CTX_free(one->ctx);
		free(one);
		return crypto_failed(error);
	}
	memcpy(one->name, name, len + 1);
	one->next = challenges->list;
	challenges->list = one;
	return crypto_failed(XICA_OK);
}

struct ssl_st *crypto_tls_challenges_accept(struct crypto_tls_challenges *challenges)
{
	SSL *ssl = SSL_new(challenges->door);
	if (ssl)
		SSL_set_accept_state(ssl);
	else
		ERR_clear_error();
	return ssl;
}
