// An account key from outside: what is accepted has one canonical text, one thumbprint and one SPKI, and no private part.
#include <stdlib.h>
#include <string.h>

#include "jose/jwk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const struct jwk *jwk)
{
	cleanup_buf text = BUF_INIT, again = BUF_INIT;
	struct jwk second = {0};
	if (jwk_write(jwk->key, &text) || jwk_parse_text(buf_view(&text), &second) || jwk_write(second.key, &again))
		abort();
	if (!view_equal(buf_view(&text), buf_view(&again)) || memcmp(jwk->thumbprint, second.thumbprint, sizeof(jwk->thumbprint)))
		abort();
	jwk_free(&second);
}

static void check_spki(const struct jwk *jwk)
{
	cleanup_buf spki = BUF_INIT;
	cleanup_key *again = NULL;
	if (crypto_key_to_spki(jwk->key, &spki) || crypto_key_from_spki(buf_view(&spki), &again) || !crypto_key_equal(jwk->key, again))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct jwk jwk = {0};
	if (jwk_parse_text(view_bytes(data, size), &jwk))
		return 0;
	if (crypto_key_is_private(jwk.key))
		abort();
	check_text(&jwk);
	check_spki(&jwk);
	jwk_free(&jwk);
	return 0;
}
