// The certificate that a server shows for tls-alpn-01. The digest is that of the corpus' right certificate.
#include <stdlib.h>

#include "validate/acme_identifier.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t DIGEST[CRYPTO_SHA256_LEN] = {7}, OTHER[CRYPTO_SHA256_LEN] = {8};
	struct view der = view_bytes(data, size);
	const char *why = NULL;
	int error = acme_identifier_check(der, VIEW_LIT("xmpp.example"), DIGEST, &why);
	if (error && !why)
		abort();
	if (!error && !acme_identifier_check(der, VIEW_LIT("xmpp.example"), OTHER, &why))
		abort();
	if (!error && !acme_identifier_check(der, VIEW_LIT("other.example"), DIGEST, &why))
		abort();
	return 0;
}
