// A public key and an ECDSA signature from outside: both have one spelling, so what is accepted is written back the same.
#include <stdlib.h>

#include "crypto/weak.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_key(struct view der)
{
	cleanup_key *key = NULL;
	cleanup_buf again = BUF_INIT;
	enum crypto_weakness weakness;
	if (crypto_key_from_spki(der, &key))
		return;
	if (crypto_weak_check(key, &weakness))
		abort();
	if (crypto_key_type(key) == CRYPTO_KEY_OTHER)
		return;
	if (crypto_key_to_spki(key, &again) || !view_equal(buf_view(&again), der))
		abort();
}

static void read_signature(struct view der)
{
	cleanup_buf raw = BUF_INIT, again = BUF_INIT;
	if (crypto_ecdsa_to_raw(der, 32, &raw))
		return;
	if (crypto_ecdsa_from_raw(buf_view(&raw), &again) || !view_equal(buf_view(&again), der))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	read_key(view_bytes(data, size));
	read_signature(view_bytes(data, size));
	return 0;
}
