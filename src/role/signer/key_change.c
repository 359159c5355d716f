// Receipts name the account by its key's thumbprint at the time of the proof. Where the account has changed its key since, the keyChange
// requests that did it (RFC 8555 §7.3.5) show that old and new key are of one holder: each is signed by both.
#include <string.h>

#include "jose/jws.h"
#include "role/signer/steps.h"

static int refuse(struct signer_check *c)
{
	return signer_refuse(c, PKI_REFUSAL_KEY_CHANGE, NULL);
}

// The inner JWS, signed by the newer key: its jwk must be that key, and its payload names the older one.
static int read_inner(struct signer_check *c, const struct jws *outer, const uint8_t newer[CRYPTO_SHA256_LEN], struct jwk *ret_older)
{
	struct jws inner;
	enum jws_fault fault;
	int error = jws_parse(outer->payload, c->arena, &inner, &fault);
	if (error)
		return error == XICA_ENOMEM ? error : refuse(c);
	json_t *payload = jose_json_parse(inner.payload);
	const char *account = json_string_value(json_object_get(payload, "account"));
	bool holds = inner.has_jwk && memcmp(inner.jwk.thumbprint, newer, CRYPTO_SHA256_LEN) == 0 && !jws_verify(&inner, inner.jwk.key) &&
		     account && view_equal_str(outer->kid, account) && view_equal(inner.url, outer->url);
	error = holds ? jwk_parse(json_object_get(payload, "oldKey"), ret_older) : XICA_EDENIED;
	json_decref(payload);
	jws_free(&inner);
	return error == XICA_ENOMEM || !error ? error : refuse(c);
}

static int check_one(struct signer_check *c, struct view proof, const uint8_t newer[CRYPTO_SHA256_LEN], uint8_t older[CRYPTO_SHA256_LEN])
{
	struct jws outer;
	struct jwk key;
	enum jws_fault fault;
	int error = jws_parse(proof, c->arena, &outer, &fault);
	if (error)
		return error == XICA_ENOMEM ? error : refuse(c);
	error = outer.has_jwk ? refuse(c) : read_inner(c, &outer, newer, &key);
	if (!error) {
		if (jws_verify(&outer, key.key))
			error = refuse(c);
		else
			memcpy(older, key.thumbprint, CRYPTO_SHA256_LEN);
		jwk_free(&key);
	}
	jws_free(&outer);
	return error;
}

int signer_step_key_changes(struct signer_check *check)
{
	const struct signer_request *request = check->request;
	struct signer_evidence *found = check->found;
	if (request->key_change_count > SIGNER_KEY_CHANGES_MAX)
		return refuse(check);
	found->thumbprints = arena_array(check->arena, request->key_change_count + 1, sizeof(*found->thumbprints));
	if (!found->thumbprints)
		return XICA_ENOMEM;
	memcpy(found->thumbprints[0], found->account.thumbprint, CRYPTO_SHA256_LEN);
	found->thumbprint_count = 1;
	for (size_t i = 0; i < request->key_change_count; i++) {
		int error = check_one(check, request->key_changes[i], found->thumbprints[i], found->thumbprints[i + 1]);
		if (error)
			return error;
		found->thumbprint_count++;
	}
	return XICA_OK;
}
