#include "pki/names_hash.h"

int pki_names_hash(const struct pki_identifier *sorted, size_t count, uint8_t ret_hash[CRYPTO_SHA256_LEN])
{
	cleanup_buf text = BUF_INIT;
	for (size_t i = 0; i < count; i++)
		buf_addf(&text, "%d %d %.*s\n", (int)sorted[i].type, sorted[i].wildcard, VIEW_FMT(sorted[i].value));
	int error = buf_error(&text);
	return error ? error : crypto_sha256(buf_view(&text), ret_hash);
}
