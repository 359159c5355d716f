// A request from outside. Input that begins with "{" is the request itself; otherwise it is a protected header in the clear, which
// is wrapped here, since chance alone seldom finds base64url of JSON.
#include <stdlib.h>

#include "base/base64url.h"
#include "jose/jws.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void wrap(struct view header, struct buf *out)
{
	buf_add_str(out, "{\"protected\":\"");
	base64url_encode(out, header);
	buf_add_str(out, "\",\"payload\":\"e30\",\"signature\":\"AAAA\"}");
}

// The header once more, by jansson.
static void check_header(const struct jws *jws)
{
	cleanup_buf text = BUF_INIT;
	size_t dot = view_index(jws->signing_input, '.', 0);
	json_t *header = base64url_decode(view_sub(jws->signing_input, 0, dot), &text) ? NULL : jose_json_parse(buf_view(&text));
	const json_t *kid = json_object_get(header, "kid"), *nonce = json_object_get(header, "nonce"), *url = json_object_get(header, "url");
	if (jws->has_jwk != !kid || jws->has_jwk != (json_object_get(header, "jwk") != NULL) || jws->has_jwk != (jws->jwk.key != NULL))
		abort();
	if (!view_equal(jws->url, view_str(json_string_value(url))) || !view_equal(jws->nonce, view_str(json_string_value(nonce))) ||
	    !view_equal(jws->kid, view_str(json_string_value(kid))))
		abort();
	json_decref(header);
}

static void check(const struct jws *jws)
{
	check_header(jws);
	if (view_index(jws->signing_input, '.', 0) == SIZE_MAX)
		abort();
	if (jws->has_jwk && jws_verify(jws, jws->jwk.key) == XICA_EINVAL)
		abort();
	if (!jws_verify_hmac(jws, VIEW_LIT("a key that nobody knows")))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_arena arena = ARENA_INIT;
	cleanup_buf text = BUF_INIT;
	struct jws jws = {0};
	enum jws_fault fault = JWS_FAULT_NONE;
	if (size && data[0] != '{')
		wrap(view_bytes(data + 1, size - 1), &text);
	else
		buf_add(&text, view_bytes(data, size));
	int error = jws_parse(buf_view(&text), &arena, &jws, &fault);
	if (!error)
		check(&jws);
	if ((error == XICA_EPARSE) != (fault != JWS_FAULT_NONE) || !jws_fault_text(fault))
		abort();
	jws_free(&jws);
	return 0;
}
