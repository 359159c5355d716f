#include "validate/url.h"

#include <curl/curl.h>
#include <string.h>

#include "dns/name.h"

enum { HTTP = 80, HTTPS = 443 };

// The last label of an address in any notation is a number: 127.0.0.1, 127.1, 2130706433, 0x7f000001.
static bool is_numeric_label(struct view label)
{
	bool hex = label.len > 1 && label.ptr[0] == '0' && label.ptr[1] == 'x';
	for (size_t i = hex ? 2 : 0; i < label.len; i++) {
		uint8_t c = label.ptr[i];
		if (!(c >= '0' && c <= '9') && !(hex && c >= 'a' && c <= 'f'))
			return false;
	}
	return label.len > 0;
}

static bool is_host(struct view host)
{
	size_t last = 0;
	for (size_t i = 0; i < host.len; i++)
		if (host.ptr[i] == '.')
			last = i + 1;
	return dns_name_is_askable(host) && !is_numeric_label(view_sub(host, last, SIZE_MAX));
}

int url_challenge(struct view host, struct view token, struct arena *arena, struct url *ret_url)
{
	if (!is_host(host) || !token.len)
		return XICA_EPARSE;
	for (size_t i = 0; i < token.len; i++) {
		uint8_t c = token.ptr[i];
		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') && c != '-' && c != '_')
			return XICA_EPARSE;
	}
	struct url url = {.port = HTTP, .host = arena_strdup(arena, host)};
	url.text = arena_printf(arena, "http://%.*s/.well-known/acme-challenge/%.*s", VIEW_FMT(host), VIEW_FMT(token));
	if (!url.host || !url.text)
		return XICA_ENOMEM;
	*ret_url = url;
	return XICA_OK;
}

// A part of the URL in arena, NULL where it has none.
static const char *part(CURLU *handle, CURLUPart what, unsigned flags, struct arena *arena)
{
	char *text = NULL;
	if (curl_url_get(handle, what, &text, flags) != CURLUE_OK)
		return NULL;
	const char *copy = arena_strdup(arena, view_str(text));
	curl_free(text);
	return copy;
}

static char *lower(const char *text, struct arena *arena)
{
	char *copy = arena_strdup(arena, view_str(text));
	for (char *c = copy; c && *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c + ('a' - 'A'));
	return copy;
}

static const char *judge(CURLU *handle, const struct url_ports *ports, struct arena *arena, struct url *url)
{
	const char *scheme = part(handle, CURLUPART_SCHEME, 0, arena), *host = part(handle, CURLUPART_HOST, 0, arena),
		   *port = part(handle, CURLUPART_PORT, CURLU_DEFAULT_PORT, arena);
	if (!scheme || (strcmp(scheme, "http") != 0 && strcmp(scheme, "https") != 0))
		return "neither http nor https";
	if (part(handle, CURLUPART_USER, 0, arena) || part(handle, CURLUPART_PASSWORD, 0, arena))
		return "a URL with credentials";
	url->https = scheme[4] == 's';
	url->host = host ? lower(host, arena) : NULL;
	if (!url->host || !is_host(view_str(url->host)))
		return "a host that is no domain name";
	url->port = 0;
	for (const char *c = port; c && *c >= '0' && *c <= '9' && url->port <= 65535; c++)
		url->port = url->port * 10 + (unsigned)(*c - '0');
	if (url->https ? url->port != HTTPS && url->port != ports->https : url->port != HTTP && url->port != ports->http)
		return "a port other than 80 for http and 443 for https";
	if (curl_url_set(handle, CURLUPART_FRAGMENT, NULL, 0) != CURLUE_OK || curl_url_set(handle, CURLUPART_HOST, url->host, 0) != CURLUE_OK)
		return "no URL";
	url->text = part(handle, CURLUPART_URL, CURLU_NO_DEFAULT_PORT, arena);
	return url->text && strlen(url->text) <= URL_MAX_LEN ? NULL : "too long a URL";
}

static const char *resolve(CURLU *handle, const struct url *base, struct view location, const struct url_ports *ports, struct arena *arena,
			   struct url *url)
{
	if (location.len > URL_MAX_LEN)
		return "too long a URL";
	const char *text = arena_strdup(arena, location);
	for (size_t i = 0; i < location.len; i++)
		if (location.ptr[i] <= 0x20 || location.ptr[i] >= 0x7f)
			return "no URL";
	if (!location.len || !text || curl_url_set(handle, CURLUPART_URL, base->text, 0) != CURLUE_OK)
		return "no URL";
	switch ((int)curl_url_set(handle, CURLUPART_URL, text, CURLU_DISALLOW_USER)) {
	case CURLUE_OK: return judge(handle, ports, arena, url);
	case CURLUE_UNSUPPORTED_SCHEME: return "neither http nor https";
	case CURLUE_USER_NOT_ALLOWED: return "a URL with credentials";
	default: return "no URL";
	}
}

int url_redirect(const struct url *base, struct view location, const struct url_ports *ports, struct arena *arena, struct url *ret_url,
		 const char **ret_why)
{
	CURLU *handle = curl_url();
	if (!handle)
		return XICA_ENOMEM;
	struct url url = {0};
	const char *why = resolve(handle, base, location, ports, arena, &url);
	curl_url_cleanup(handle);
	if (why) {
		*ret_why = why;
		return XICA_EDENIED;
	}
	*ret_url = url;
	return XICA_OK;
}
