#include "http/shares.h"

#include <stdlib.h>
#include <string.h>

_Static_assert(ATOMIC_SHORT_LOCK_FREE == 2, "atomics that take a lock do not work between processes");
_Static_assert(HTTP_SHARES_ROWS * sizeof(uint32_t) == HTTP_CUSTOMER_LEN, "each row has its own bits of an address's encryption");

struct http_shares {
	struct http_shares_window *window;
	struct http_shares_part *own;
	struct crypto_block *block;
	unsigned parts, most;
};

static void forget(struct http_shares_part *part)
{
	for (size_t row = 0; row < HTTP_SHARES_ROWS; row++)
		for (size_t place = 0; place < HTTP_SHARES_PLACES; place++)
			atomic_store_explicit(&part->counts[row][place], 0, memory_order_relaxed);
}

int http_shares_new(const struct http_shares_options *options, struct http_shares **ret_shares)
{
	if (!options->window || !options->most || options->parts > HTTP_SHARES_PARTS || options->part >= options->parts)
		return XICA_EINVAL;
	struct http_shares *shares = calloc(1, sizeof(*shares));
	if (!shares)
		return XICA_ENOMEM;
	int error = crypto_block_new(options->key, &shares->block);
	if (error) {
		free(shares);
		return error;
	}
	shares->window = options->window;
	shares->own = &options->window->parts[options->part];
	shares->parts = options->parts;
	shares->most = options->most;
	forget(shares->own);
	*ret_shares = shares;
	return XICA_OK;
}

void http_shares_free(struct http_shares *shares)
{
	if (!shares)
		return;
	crypto_block_free(shares->block);
	free(shares);
}

static unsigned least(const struct http_shares_part *part, const struct http_shares_places *places)
{
	unsigned found = UINT16_MAX;
	for (size_t row = 0; row < HTTP_SHARES_ROWS; row++) {
		unsigned count = atomic_load(&part->counts[row][places->places[row]]);
		if (count < found)
			found = count;
	}
	return found;
}

// The order of the additions and of what is read afterwards is the same for all (sequentially consistent): that is what lets one of two see the other.
bool http_shares_join(struct http_shares *shares, const uint8_t address[16], uint8_t kind, struct http_shares_places *ret_places)
{
	uint8_t sealed[HTTP_CUSTOMER_LEN];
	uint32_t bits[HTTP_SHARES_ROWS];
	struct http_shares_places places = {.counted = true};
	unsigned count = 0;
	if (http_customer_seal(shares->block, address, kind, sealed)) {
		ret_places->counted = false;
		return true;
	}
	memcpy(bits, sealed, sizeof(bits));
	for (size_t row = 0; row < HTTP_SHARES_ROWS; row++) {
		places.places[row] = (uint16_t)(bits[row] % HTTP_SHARES_PLACES);
		(void)atomic_fetch_add(&shares->own->counts[row][places.places[row]], 1);
	}
	for (unsigned i = 0; i < shares->parts; i++)
		count += least(&shares->window->parts[i], &places);
	*ret_places = places;
	return count <= shares->most;
}

void http_shares_leave(struct http_shares *shares, const struct http_shares_places *places)
{
	for (size_t row = 0; places->counted && row < HTTP_SHARES_ROWS; row++)
		(void)atomic_fetch_sub_explicit(&shares->own->counts[row][places->places[row]], 1, memory_order_relaxed);
}
