#include "acme/url.h"

#include <inttypes.h>

#include "base/hex.h"

static const char ACCOUNT_PATH[] = "/acme/account/";

const char *acme_url_directory(struct arena *arena, const char *base)
{
	return arena_printf(arena, "%s/acme/directory", base);
}

const char *acme_url_account(struct arena *arena, const char *base, int64_t id)
{
	return arena_printf(arena, "%s%s%" PRId64, base, ACCOUNT_PATH, id);
}

const char *acme_url_orders(struct arena *arena, const char *base, int64_t account, int64_t after)
{
	if (!after)
		return arena_printf(arena, "%s%s%" PRId64 "/orders", base, ACCOUNT_PATH, account);
	return arena_printf(arena, "%s%s%" PRId64 "/orders?after=%" PRId64, base, ACCOUNT_PATH, account, after);
}

const char *acme_url_order(struct arena *arena, const char *base, int64_t id)
{
	return arena_printf(arena, "%s/acme/order/%" PRId64, base, id);
}

const char *acme_url_finalize(struct arena *arena, const char *base, int64_t order)
{
	return arena_printf(arena, "%s/acme/order/%" PRId64 "/finalize", base, order);
}

const char *acme_url_authz(struct arena *arena, const char *base, int64_t id)
{
	return arena_printf(arena, "%s/acme/authz/%" PRId64, base, id);
}

const char *acme_url_challenge(struct arena *arena, const char *base, int64_t authz, struct view type)
{
	return arena_printf(arena, "%s/acme/challenge/%" PRId64 "/%.*s", base, authz, VIEW_FMT(type));
}

const char *acme_url_certificate(struct arena *arena, const char *base, struct view serial, unsigned chain)
{
	cleanup_buf hex = BUF_INIT;
	hex_encode(&hex, serial);
	if (buf_error(&hex))
		return NULL;
	if (!chain)
		return arena_printf(arena, "%s/acme/certificate/%s", base, buf_cstr(&hex));
	return arena_printf(arena, "%s/acme/certificate/%s/%u", base, buf_cstr(&hex), chain);
}

int acme_url_parse_id(struct view text, int64_t *ret_id)
{
	int64_t id = 0;
	if (!text.len || text.len > 18 || text.ptr[0] == '0')
		return XICA_EPARSE;
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] < '0' || text.ptr[i] > '9')
			return XICA_EPARSE;
		id = id * 10 + (text.ptr[i] - '0');
	}
	*ret_id = id;
	return XICA_OK;
}

int acme_url_parse_account(struct view url, const char *base, int64_t *ret_id)
{
	struct view site = view_str(base), path = view_str(ACCOUNT_PATH);
	if (!view_starts(url, site) || !view_starts(view_sub(url, site.len, SIZE_MAX), path))
		return XICA_EPARSE;
	return acme_url_parse_id(view_sub(url, site.len + path.len, SIZE_MAX), ret_id);
}
