// What a web server answers to http-01: the first line is a Location, the rest a body. A redirect that is followed leads to a web port of a
// domain name, and its URL leads there again when it is read once more.
#include <stdlib.h>
#include <string.h>

#include "dns/name.h"
#include "validate/http01.h"
#include "validate/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_redirect(struct view location)
{
	static const struct url BASE = {false, "example.org", 80, "http://example.org/.well-known/acme-challenge/token"};
	static const struct url_ports PORTS = {80, 443};
	cleanup_arena arena = ARENA_INIT;
	struct url url, again;
	const char *why = NULL;
	if (url_redirect(&BASE, location, &PORTS, &arena, &url, &why)) {
		if (!why)
			abort();
		return;
	}
	if (url.port != (url.https ? 443u : 80u) || !dns_name_is_askable(view_str(url.host)) || strlen(url.text) > URL_MAX_LEN)
		abort();
	if (url_redirect(&BASE, view_str(url.text), &PORTS, &arena, &again, &why) || again.https != url.https || strcmp(again.host, url.host) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct view all = view_bytes(data, size), expected = VIEW_LIT("token.thumbprint");
	size_t line = view_index(all, '\n', 0);
	if (line == SIZE_MAX)
		line = size;
	check_redirect(view_sub(all, 0, line));
	struct view body = view_sub(all, line + 1, SIZE_MAX);
	if (http01_body_fits(body, expected) && !view_starts(body, expected))
		abort();
	return 0;
}
