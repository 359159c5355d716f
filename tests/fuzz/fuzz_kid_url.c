// A key id that names an account is that account's one URL.
#include <stdlib.h>

#include "acme/url.h"

static const char BASE[] = "https://ca.example";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_arena arena = ARENA_INIT;
	int64_t id = 0;
	if (acme_url_parse_account(view_bytes(data, size), BASE, &id))
		return 0;
	const char *url = acme_url_account(&arena, BASE, id);
	if (id <= 0 || (url && !view_equal_str(view_bytes(data, size), url)))
		abort();
	return 0;
}
