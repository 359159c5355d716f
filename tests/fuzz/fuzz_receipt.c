// A receipt: no two encodings mean the same, so whatever is read is written back byte for byte, but for the seal.
#include <stdlib.h>

#include "validate/receipt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t KEY[RECEIPT_KEY_LEN] = {1};
	struct view bytes = view_bytes(data, size), key = view_bytes(KEY, sizeof(KEY));
	struct receipt receipt, sealed;
	cleanup_buf again = BUF_INIT;
	if (receipt_peek(bytes, &receipt)) {
		if (!receipt_read(bytes, key, &sealed))
			abort();
		return 0;
	}
	if (receipt_write(&receipt, key, &again) || again.len != size || receipt_read(buf_view(&again), key, &sealed))
		abort();
	size_t body = size - CRYPTO_SHA256_LEN;
	if (!view_equal(view_sub(bytes, 0, body), view_sub(buf_view(&again), 0, body)))
		abort();
	return 0;
}
