// A page with whatever places: it is filled in or refused, and a refusal names what was wrong.
#include <stdlib.h>

#include "http/template.h"

static struct view find(const void *context, struct view name)
{
	(void)context;
	if (view_equal_str(name, "loop"))
		return VIEW_LIT("{{>loop}}{{>loop}}");
	return view_equal_str(name, "nobody") ? VIEW_NONE : VIEW_LIT("<{{x}}>");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct http_template with = {find, find, find, NULL};
	cleanup_buf out = BUF_INIT;
	struct view wrong = VIEW_NONE;
	int error = http_template_fill(view_bytes(data, size), &with, &out, &wrong);
	if (error == XICA_EPARSE && !wrong.ptr)
		abort();
	return 0;
}
