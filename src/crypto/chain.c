#include "crypto/chain.h"

#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "crypto/openssl.h"

enum { STRENGTH_LEVEL = 2, DEPTH_MAX = 8 }; // OpenSSL's level 2 is 112 bits

CRYPTO_CLEANUP(X509_STORE, X509_STORE_free)
CRYPTO_CLEANUP(X509_STORE_CTX, X509_STORE_CTX_free)
CRYPTO_CLEANUP(X509_CRL, X509_CRL_free)

struct stack {
	STACK_OF(X509) *list;
};

static void stack_free(struct stack *stack)
{
	sk_X509_pop_free(stack->list, X509_free);
}

// --- reading: the whole of der, and nothing behind it

static X509 *read_certificate(struct view der)
{
	const unsigned char *at = der.ptr;
	X509 *certificate = der.len && der.len <= INT32_MAX ? d2i_X509(NULL, &at, (long)der.len) : NULL;
	if (certificate && at != der.ptr + der.len) {
		X509_free(certificate);
		return NULL;
	}
	return certificate;
}

static X509_CRL *read_crl(struct view der)
{
	const unsigned char *at = der.ptr;
	X509_CRL *crl = der.len && der.len <= INT32_MAX ? d2i_X509_CRL(NULL, &at, (long)der.len) : NULL;
	if (crl && at != der.ptr + der.len) {
		X509_CRL_free(crl);
		return NULL;
	}
	return crl;
}

static int fill_store(X509_STORE *store, const struct crypto_chain_question *question)
{
	for (size_t i = 0; i < question->root_count; i++) {
		cleanup_ossl(X509) *root = read_certificate(question->roots[i]);
		if (!root)
			return XICA_EPARSE;
		if (X509_STORE_add_cert(store, root) != 1)
			return XICA_ECRYPTO;
	}
	for (size_t i = 0; i < question->crl_count; i++) {
		cleanup_ossl(X509_CRL) *crl = read_crl(question->crls[i]);
		if (!crl)
			return XICA_EPARSE;
		if (X509_STORE_add_crl(store, crl) != 1)
			return XICA_ECRYPTO;
	}
	return XICA_OK;
}

// XICA_EPARSE: one cannot be read.
static int read_chain(const struct crypto_chain_question *question, struct stack *to)
{
	to->list = sk_X509_new_null();
	if (!to->list)
		return XICA_ENOMEM;
	for (size_t i = 0; i < question->chain_count; i++) {
		X509 *certificate = read_certificate(question->chain[i]);
		if (!certificate)
			return XICA_EPARSE;
		if (!sk_X509_push(to->list, certificate)) {
			X509_free(certificate);
			return XICA_ENOMEM;
		}
	}
	return XICA_OK;
}

// --- the verdict

static const struct {
	int error; // OpenSSL's
	enum crypto_chain_fault fault;
	const char *text;
} FAULTS[] = {
	{X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, CRYPTO_CHAIN_UNTRUSTED, "leads to no root that is trusted: its issuer's certificate is missing"},
	{X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, CRYPTO_CHAIN_UNTRUSTED, "leads to no root that is trusted: its issuer's certificate is missing"},
	{X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, CRYPTO_CHAIN_UNTRUSTED, "leads to no root that is trusted: its issuer's certificate is missing"},
	{X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, CRYPTO_CHAIN_UNTRUSTED, "is self-signed, and none of the roots that are trusted"},
	{X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, CRYPTO_CHAIN_UNTRUSTED, "is a root, but none of those that are trusted"},
	{X509_V_ERR_CERT_UNTRUSTED, CRYPTO_CHAIN_UNTRUSTED, "is not trusted"},
	{X509_V_ERR_CERT_REJECTED, CRYPTO_CHAIN_UNTRUSTED, "is marked as not to be trusted"},
	{X509_V_ERR_CERT_NOT_YET_VALID, CRYPTO_CHAIN_NOT_YET_VALID, "is not valid yet"},
	{X509_V_ERR_CERT_HAS_EXPIRED, CRYPTO_CHAIN_EXPIRED, "has expired"},
	{X509_V_ERR_CERT_REVOKED, CRYPTO_CHAIN_REVOKED, "is revoked"},
	{X509_V_ERR_UNABLE_TO_GET_CRL, CRYPTO_CHAIN_NO_STATUS, "has no revocation list among those given"},
	{X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER, CRYPTO_CHAIN_NO_STATUS, "has a revocation list whose issuer is unknown"},
	{X509_V_ERR_DIFFERENT_CRL_SCOPE, CRYPTO_CHAIN_NO_STATUS, "is beyond the scope of the revocation lists given"},
	{X509_V_ERR_CRL_NOT_YET_VALID, CRYPTO_CHAIN_NO_STATUS, "has a revocation list that is not valid yet"},
	{X509_V_ERR_CRL_HAS_EXPIRED, CRYPTO_CHAIN_NO_STATUS, "has a revocation list that is out of date"},
	{X509_V_ERR_CRL_SIGNATURE_FAILURE, CRYPTO_CHAIN_NO_STATUS, "has a revocation list with a wrong signature"},
	{X509_V_ERR_KEYUSAGE_NO_CRL_SIGN, CRYPTO_CHAIN_NO_STATUS, "has a revocation list whose issuer may sign none"},
	{X509_V_ERR_UNHANDLED_CRITICAL_CRL_EXTENSION, CRYPTO_CHAIN_NO_STATUS, "has a revocation list with an unknown critical extension"},
	{X509_V_ERR_EE_KEY_TOO_SMALL, CRYPTO_CHAIN_WEAK, "has a key that is too weak"},
	{X509_V_ERR_CA_KEY_TOO_SMALL, CRYPTO_CHAIN_WEAK, "has a key that is too weak"},
	{X509_V_ERR_CA_MD_TOO_WEAK, CRYPTO_CHAIN_WEAK, "is signed by means of a digest that is too weak"},
	{X509_V_ERR_CERT_SIGNATURE_FAILURE, CRYPTO_CHAIN_INVALID, "has a wrong signature"},
	{X509_V_ERR_INVALID_CA, CRYPTO_CHAIN_INVALID, "issues, and is no CA's"},
	{X509_V_ERR_KEYUSAGE_NO_CERTSIGN, CRYPTO_CHAIN_INVALID, "issues, and its key usage doesn't permit it"},
	{X509_V_ERR_PATH_LENGTH_EXCEEDED, CRYPTO_CHAIN_INVALID, "has more CAs below it than it permits"},
	{X509_V_ERR_PERMITTED_VIOLATION, CRYPTO_CHAIN_INVALID, "has a name that a CA above it is not permitted to certify"},
	{X509_V_ERR_EXCLUDED_VIOLATION, CRYPTO_CHAIN_INVALID, "has a name that a CA above it is not permitted to certify"},
	{X509_V_ERR_UNSUPPORTED_CONSTRAINT_TYPE, CRYPTO_CHAIN_INVALID, "stands below a CA with name constraints of a kind that can't be checked"},
	{X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION, CRYPTO_CHAIN_INVALID, "has a critical extension that is not known"},
	{X509_V_ERR_CERT_CHAIN_TOO_LONG, CRYPTO_CHAIN_INVALID, "stands in a chain that is too long"},
};

static void name_fault(int error, struct crypto_chain_verdict *verdict)
{
	for (size_t i = 0; i < sizeof(FAULTS) / sizeof(FAULTS[0]); i++)
		if (FAULTS[i].error == error) {
			verdict->fault = FAULTS[i].fault;
			verdict->text = FAULTS[i].text;
			return;
		}
	verdict->fault = CRYPTO_CHAIN_INVALID;
	verdict->text = "breaks a rule of RFC 5280";
}

static int copy_der(X509 *certificate, struct arena *arena, struct view *ret_der)
{
	uint8_t *der = NULL;
	int len = i2d_X509(certificate, &der);
	if (len <= 0)
		return XICA_ECRYPTO;
	struct view copy = arena_copy(arena, view_bytes(der, (size_t)len));
	OPENSSL_free(der);
	*ret_der = copy;
	return copy.ptr ? XICA_OK : XICA_ENOMEM;
}

static int copy_path(const X509_STORE_CTX *ctx, struct arena *arena, struct crypto_chain_verdict *verdict)
{
	STACK_OF(X509) *path = X509_STORE_CTX_get0_chain(ctx);
	int count = path ? sk_X509_num(path) : 0;
	if (count <= 0)
		return XICA_OK;
	verdict->path = arena_array(arena, (size_t)count, sizeof(*verdict->path));
	if (!verdict->path)
		return XICA_ENOMEM;
	for (int i = 0; i < count; i++) {
		int error = copy_der(sk_X509_value(path, i), arena, &verdict->path[i]);
		if (error)
			return error;
	}
	verdict->path_count = (size_t)count;
	return XICA_OK;
}

static int set_rules(X509_STORE_CTX *ctx, const struct crypto_chain_question *question)
{
	X509_VERIFY_PARAM *rules = X509_STORE_CTX_get0_param(ctx);
	unsigned long flags = X509_V_FLAG_TRUSTED_FIRST | (question->revocation ? X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL : 0);
	X509_VERIFY_PARAM_set_time(rules, (time_t)question->now);
	X509_VERIFY_PARAM_set_depth(rules, DEPTH_MAX);
	X509_VERIFY_PARAM_set_auth_level(rules, STRENGTH_LEVEL);
	return X509_VERIFY_PARAM_set_purpose(rules, X509_PURPOSE_ANY) == 1 && X509_VERIFY_PARAM_set_flags(rules, flags) == 1 ? XICA_OK : XICA_ECRYPTO;
}

static int verify(X509_STORE *store, const struct stack *chain, const struct crypto_chain_question *question, struct arena *arena,
		  struct crypto_chain_verdict *verdict)
{
	cleanup_ossl(X509_STORE_CTX) *ctx = X509_STORE_CTX_new();
	if (!ctx || X509_STORE_CTX_init(ctx, store, sk_X509_value(chain->list, 0), chain->list) != 1)
		return XICA_ECRYPTO;
	int error = set_rules(ctx, question);
	if (error)
		return error;
	int good = X509_verify_cert(ctx), reason = X509_STORE_CTX_get_error(ctx);
	if (reason == X509_V_ERR_OUT_OF_MEM)
		return XICA_ENOMEM;
	if (good != 1)
		name_fault(reason, verdict);
	X509 *at = X509_STORE_CTX_get_current_cert(ctx);
	if (good != 1 && at)
		error = copy_der(at, arena, &verdict->at);
	return error ? error : copy_path(ctx, arena, verdict);
}

static int check(const struct crypto_chain_question *question, struct arena *arena, struct crypto_chain_verdict *verdict)
{
	[[gnu::cleanup(stack_free)]] struct stack chain = {NULL};
	cleanup_ossl(X509_STORE) *store = X509_STORE_new();
	if (!store)
		return XICA_ENOMEM;
	int error = fill_store(store, question);
	if (error)
		return error;
	error = question->chain_count > CRYPTO_CHAIN_MAX ? XICA_EPARSE : read_chain(question, &chain);
	if (error == XICA_EPARSE) {
		*verdict = (struct crypto_chain_verdict){.fault = CRYPTO_CHAIN_MALFORMED,
			.text = question->chain_count > CRYPTO_CHAIN_MAX ? "brings more than 16 certificates" : "or one above it cannot be read"};
		return XICA_OK;
	}
	return error ? error : verify(store, &chain, question, arena, verdict);
}

int crypto_chain_check(const struct crypto_chain_question *question, struct arena *arena, struct crypto_chain_verdict *ret_verdict)
{
	struct crypto_chain_verdict verdict = {.fault = CRYPTO_CHAIN_OK};
	if (!question->chain_count || question->root_count > CRYPTO_CHAIN_ROOTS_MAX || question->crl_count > CRYPTO_CHAIN_CRLS_MAX)
		return XICA_EINVAL;
	(void)ERR_set_mark(); // what the caller has on OpenSSL's queue stays there
	int error = check(question, arena, &verdict);
	(void)ERR_pop_to_mark();
	if (!error)
		*ret_verdict = verdict;
	return error;
}
