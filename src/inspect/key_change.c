#include <string.h>

#include "inspect/evidence.h"
#include "jose/jws.h"

// The inner JWS names both keys: its own in the header, the older in the payload.
static int read_inner(const struct jws *outer, const struct jws *inner, struct jwk *ret_old)
{
	json_t *payload = jose_json_parse(inner->payload);
	const char *account = json_string_value(json_object_get(payload, "account"));
	bool fits = inner->has_jwk && !outer->has_jwk && account && view_equal_str(outer->kid, account) && view_equal(inner->url, outer->url) &&
		    !jws_verify(inner, inner->jwk.key);
	int error = fits ? jwk_parse(json_object_get(payload, "oldKey"), ret_old) : XICA_ESIG;
	json_decref(payload);
	return error == XICA_ENOMEM || !error ? error : XICA_ESIG;
}

static int check_both(const struct jws *outer, struct arena *arena, uint8_t old_out[CRYPTO_SHA256_LEN], uint8_t new_out[CRYPTO_SHA256_LEN])
{
	struct jws inner;
	struct jwk old;
	enum jws_fault fault;
	int error = jws_parse(outer->payload, arena, &inner, &fault);
	if (error)
		return error == XICA_ENOMEM ? error : XICA_ESIG;
	error = read_inner(outer, &inner, &old);
	if (!error) {
		error = jws_verify(outer, old.key) ? XICA_ESIG : XICA_OK;
		memcpy(old_out, old.thumbprint, CRYPTO_SHA256_LEN);
		memcpy(new_out, inner.jwk.thumbprint, CRYPTO_SHA256_LEN);
		jwk_free(&old);
	}
	jws_free(&inner);
	return error;
}

int inspect_key_change(struct view text, struct arena *arena, uint8_t ret_old[CRYPTO_SHA256_LEN], uint8_t ret_new[CRYPTO_SHA256_LEN])
{
	struct jws outer;
	enum jws_fault fault;
	uint8_t old[CRYPTO_SHA256_LEN], new[CRYPTO_SHA256_LEN];
	int error = jws_parse(text, arena, &outer, &fault);
	if (error)
		return error == XICA_ENOMEM ? error : XICA_ESIG;
	error = check_both(&outer, arena, old, new);
	jws_free(&outer);
	if (error)
		return error;
	memcpy(ret_old, old, sizeof(old));
	memcpy(ret_new, new, sizeof(new));
	return XICA_OK;
}
