#include "acme/nonce.h"

#include <string.h>

#include "base/base64url.h"

enum { BLOCK_LEN = 16, COUNTER_LEN = 8 };

static void write_counter(uint8_t block[BLOCK_LEN], uint64_t counter)
{
	memset(block, 0, BLOCK_LEN);
	for (size_t i = 0; i < COUNTER_LEN; i++)
		block[i] = (uint8_t)(counter >> (8 * (COUNTER_LEN - 1 - i)));
}

static int read_counter(const uint8_t block[BLOCK_LEN], uint64_t *ret_counter)
{
	uint64_t counter = 0;
	for (size_t i = 0; i < COUNTER_LEN; i++)
		counter = counter << 8 | block[i];
	for (size_t i = COUNTER_LEN; i < BLOCK_LEN; i++)
		if (block[i])
			return XICA_ESIG;
	*ret_counter = counter;
	return 0;
}

int acme_nonce_issue(struct acme_nonce_window *window, struct crypto_block *key, char ret_text[ACME_NONCE_LEN + 1])
{
	uint8_t plain[BLOCK_LEN], sealed[BLOCK_LEN];
	write_counter(plain, atomic_fetch_add_explicit(&window->head, 1, memory_order_relaxed));
	int error = crypto_block_encrypt(key, plain, sealed);
	if (error)
		return error;
	cleanup_buf text = BUF_INIT;
	base64url_encode(&text, view_bytes(sealed, sizeof(sealed)));
	if (buf_error(&text))
		return XICA_ENOMEM;
	memcpy(ret_text, text.ptr, ACME_NONCE_LEN);
	ret_text[ACME_NONCE_LEN] = 0;
	return 0;
}

static int unseal(struct crypto_block *key, struct view text, uint64_t *ret_counter)
{
	if (text.len != ACME_NONCE_LEN)
		return XICA_EPARSE;
	cleanup_buf sealed = BUF_INIT;
	int error = base64url_decode(text, &sealed);
	if (error)
		return error;
	if (sealed.len != BLOCK_LEN)
		return XICA_EPARSE;
	uint8_t plain[BLOCK_LEN];
	error = crypto_block_decrypt(key, sealed.ptr, plain);
	if (error)
		return error;
	return read_counter(plain, ret_counter);
}

// Sets the counter's bit if nobody has: the header's essay says why this happens once.
static int mark_used(_Atomic uint64_t *word, uint32_t lap, uint32_t bit)
{
	uint64_t is = atomic_load_explicit(word, memory_order_relaxed);
	uint64_t shall;
	do {
		uint32_t word_lap = (uint32_t)(is >> 32);
		if (word_lap > lap)
			return XICA_EEXPIRED;
		if (word_lap == lap && (is & bit))
			return XICA_EEXIST;
		shall = word_lap == lap ? is | bit : (uint64_t)lap << 32 | bit;
	} while (!atomic_compare_exchange_weak_explicit(word, &is, shall, memory_order_relaxed, memory_order_relaxed));
	return 0;
}

int acme_nonce_redeem(struct acme_nonce_window *window, struct crypto_block *key, struct view text)
{
	uint64_t counter;
	int error = unseal(key, text, &counter);
	if (error)
		return error;
	uint64_t head = atomic_load_explicit(&window->head, memory_order_relaxed);
	if (counter >= head)
		return XICA_ENOTFOUND;
	if (head - counter > ACME_NONCE_WINDOW)
		return XICA_EEXPIRED;
	uint64_t group = counter / 32;
	uint64_t lap = group / ACME_NONCE_WORDS;
	if (lap > UINT32_MAX) // 2^52 nonces: a thousand years at 100,000 a second
		return XICA_EEXPIRED;
	return mark_used(&window->words[group % ACME_NONCE_WORDS], (uint32_t)lap, UINT32_C(1) << counter % 32);
}
