#include "validate/challenge.h"

#include "base/base64url.h"
#include "validate/dns01.h"
#include "validate/dns_account01.h"
#include "validate/dns_persist01.h"
#include "validate/email01.h"
#include "validate/http01.h"
#include "validate/tls_alpn01.h"
#include "validate/xmpp01.h"

static const struct challenge_method *const METHODS[] = {&challenge_http01, &challenge_dns01,  &challenge_tls_alpn01,
							  &challenge_email01, &challenge_xmpp01, &challenge_xmpp_tls01,
							  &challenge_dns_account01, &challenge_dns_persist01};

const struct challenge_method *challenge_find(struct view name)
{
	for (size_t i = 0; i < sizeof(METHODS) / sizeof(METHODS[0]); i++)
		if (view_equal_str(name, METHODS[i]->name))
			return METHODS[i];
	return NULL;
}

bool challenge_may_prove(const struct challenge_method *method, const struct pki_identifier *identifier)
{
	if (identifier->wildcard && !method->proves_wildcard)
		return false;
	switch (identifier->type) {
	case PKI_IDENTIFIER_DNS: return true;
	case PKI_IDENTIFIER_SRV: return method->proves_service && !identifier->wildcard;
	}
	return false;
}

bool challenge_may_prove_subdomains(const struct challenge_method *method, const struct pki_identifier *identifier)
{
	return method->proves_subdomains && identifier->type == PKI_IDENTIFIER_DNS && !identifier->wildcard && pki_ancestor_may(identifier->value);
}

int challenge_key_authorization(const struct challenge_request *request, struct buf *out)
{
	cleanup_buf bytes = BUF_INIT;
	if (!request->token.len)
		return XICA_EINVAL;
	int error = base64url_decode(request->token, &bytes);
	if (error)
		return error == XICA_EPARSE ? XICA_EINVAL : error;
	buf_add(out, request->token);
	buf_add_byte(out, '.');
	base64url_encode(out, view_bytes(request->thumbprint, sizeof(request->thumbprint)));
	return buf_error(out);
}

int challenge_digest(const struct challenge_request *request, uint8_t ret_digest[CRYPTO_SHA256_LEN])
{
	cleanup_buf text = BUF_INIT;
	int error = challenge_key_authorization(request, &text);
	return error ? error : crypto_sha256(buf_view(&text), ret_digest);
}
