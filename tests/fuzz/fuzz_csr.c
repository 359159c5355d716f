// Certificate requests from strangers: parsed, and what was parsed compared with an order.
#include <stdlib.h>

#include "pki/csr.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct pki_identifier ORDER[] = {{PKI_IDENTIFIER_DNS, {(const uint8_t *)"example.org", 11}, false},
	{PKI_IDENTIFIER_DNS, {(const uint8_t *)"example.org", 11}, true}, {PKI_IDENTIFIER_SRV, {(const uint8_t *)"example.net", 11}, false}};

static bool lies_in(struct view part, const uint8_t *data, size_t size)
{
	return !part.len || (part.ptr >= data && part.len <= size && (size_t)(part.ptr - data) <= size - part.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_arena arena = ARENA_INIT;
	struct pki_csr csr;
	const char *why = NULL;
	if (pki_csr_parse(view_bytes(data, size), &arena, &csr, &why)) {
		if (!why)
			abort();
		return 0;
	}
	if (!lies_in(csr.info, data, size) || !lies_in(csr.spki, data, size) || !lies_in(csr.signature, data, size))
		abort();
	why = NULL;
	int error = pki_csr_fits(&csr, ORDER, sizeof(ORDER) / sizeof(ORDER[0]), &arena, &why);
	if ((error == XICA_EDENIED) != (why != NULL) || (!error && csr.other_names))
		abort();
	return 0;
}
