// The first line is Accept-Language (and, read likewise, Accept-Encoding), the second Cookie: whatever they are, a language comes out, and a cookie is a part of its header.
#include <stdlib.h>

#include "http/language.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const LANGUAGES[] = {"en", "de"};
	const struct view input = view_bytes(data, size);
	size_t end = view_index(input, '\n', 0);
	struct view accept = view_sub(input, 0, end), header = end == SIZE_MAX ? VIEW_NONE : view_sub(input, end + 1, SIZE_MAX);
	struct view cookie = http_cookie(header, "lang");
	if (http_language_choose(LANGUAGES, 2, cookie, accept) > 1)
		abort();
	int weight = http_language_weight(accept, VIEW_LIT("gzip"));
	if (weight < -1 || weight > 1000)
		abort();
	if (cookie.ptr && (cookie.ptr < header.ptr || cookie.ptr + cookie.len > header.ptr + header.len))
		abort();
	return 0;
}
