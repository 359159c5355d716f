// Revocation lists from whoever serves them. An input is the length of the issuer's certificate in two bytes, that certificate, and the list; so what is mutated meets a
// signature that verifies.
#include <stdlib.h>

#include "pki/crl_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { NOW = 1796083200 }; // 2026-12-01

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct view input = view_bytes(data, size);
	size_t length = size < 2 ? 0 : (size_t)data[0] << 8 | data[1];
	struct pki_certificate issuer;
	const char *why;
	if (pki_certificate_parse(view_sub(input, 2, length), &issuer, &why))
		return 0;
	struct pki_crl_check is = pki_crl_check(view_sub(input, 2 + length, SIZE_MAX), &issuer, NOW, 0);
	if ((is.fault == PKI_CRL_SOUND) != (is.why == NULL))
		abort();
	if (is.fault == PKI_CRL_SOUND && (is.this_update > NOW || is.next_update < NOW))
		abort();
	return 0;
}
