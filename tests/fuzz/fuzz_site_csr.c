// A certificate request that somebody pastes into a page: whatever is called usable must fit the order that is made from it.
#include <stdlib.h>

#include "site/csr_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_arena arena = ARENA_INIT;
	struct site_csr_check check = {.lenient = size & 1, .names_max = 100, .arena = &arena};
	const char *why = NULL;
	int error = site_csr_check(view_bytes(data, size), &check);
	if (error && error != XICA_ENOMEM && error != XICA_ECRYPTO)
		abort();
	if (!error && check.usable && (!check.identifier_count || pki_csr_fits(&check.csr, check.identifiers, check.identifier_count, &arena, &why)))
		abort();
	json_t *identifiers = error ? NULL : site_csr_identifiers(&check);
	if (!error && json_array_size(identifiers) != check.identifier_count)
		abort();
	json_decref(identifiers);
	json_decref(check.findings);
	return 0;
}
