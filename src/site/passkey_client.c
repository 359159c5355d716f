#include <string.h>

#include "base/base64url.h"
#include "jose/jws.h"
#include "site/passkey_parts.h"

enum { CHALLENGE_MIN = 16 }; // §13.4.3

static bool is_text(const json_t *object, const char *member, struct view wanted)
{
	const json_t *value = json_object_get(object, member);
	return json_is_string(value) && view_equal(view_bytes(json_string_value(value), json_string_length(value)), wanted);
}

// Browsers before level 2 leave it out.
static bool is_same_site(const json_t *object)
{
	const json_t *cross_origin = json_object_get(object, "crossOrigin");
	return (!cross_origin || json_is_false(cross_origin)) && !json_object_get(object, "topOrigin");
}

int passkey_check_client_data(const struct passkey_asked *asked, const char *type, struct view client_data)
{
	cleanup_buf challenge = BUF_INIT;
	if (asked->challenge.len < CHALLENGE_MIN)
		return XICA_EINVAL;
	base64url_encode(&challenge, asked->challenge);
	int error = buf_error(&challenge);
	if (error)
		return error;
	json_t *object = client_data.len <= PASSKEY_CLIENT_DATA_MAX ? jose_json_parse(client_data) : NULL;
	if (!json_is_object(object))
		error = XICA_EPARSE;
	else if (!is_text(object, "type", view_str(type)) || !is_text(object, "challenge", buf_view(&challenge)) ||
		 !is_text(object, "origin", asked->origin) || !is_same_site(object))
		error = XICA_EDENIED;
	json_decref(object);
	return error;
}

int passkey_host(struct view origin, char ret_host[PASSKEY_HOST_MAX + 1])
{
	if (!view_starts(origin, VIEW_LIT("https://")))
		return XICA_EINVAL;
	struct view host = view_sub(origin, sizeof("https://") - 1, SIZE_MAX);
	size_t colon = view_index(host, ':', 0);
	host = view_sub(host, 0, colon);
	if (!host.len || host.len > PASSKEY_HOST_MAX || view_index(host, '/', 0) != SIZE_MAX || memchr(host.ptr, 0, host.len))
		return XICA_EINVAL;
	memcpy(ret_host, host.ptr, host.len);
	ret_host[host.len] = 0;
	return XICA_OK;
}
