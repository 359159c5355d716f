#include "lib/proof.h"

#include "base/base64url.h"
#include "lib/result.h"

enum { TOKEN_MAX = 128, THUMBPRINT_LEN = 32 }; // a token has 22 characters at least (RFC 8555 §8.1: 128 bits)

bool proof_is_token(struct view text)
{
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.ptr[i];
		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_'))
			return false;
	}
	return text.len > 0 && text.len <= TOKEN_MAX;
}

bool proof_is_thumbprint(struct view text)
{
	cleanup_buf bytes = BUF_INIT;
	return !base64url_decode(text, &bytes) && bytes.len == THUMBPRINT_LEN;
}

void proof_add_element(struct buf *out, struct view token, struct view thumbprint)
{
	buf_addf(out, "<acme xmlns='" XICA_NS_ACME "' token='%.*s'>%.*s.%.*s</acme>", VIEW_FMT(token), VIEW_FMT(token), VIEW_FMT(thumbprint));
}

static int check(const char *token, const char *thumbprint, char *const *ret_text)
{
	if (!token || !thumbprint || !ret_text)
		return XICA_EINVAL;
	return proof_is_token(view_str(token)) && proof_is_thumbprint(view_str(thumbprint)) ? XICA_OK : XICA_EPARSE;
}

int xica_xmpp01_key_authorization(const char *token, const char *thumbprint, char **ret_text)
{
	cleanup_buf text = BUF_INIT;
	int error = check(token, thumbprint, ret_text);
	if (!error) {
		buf_addf(&text, "%s.%s", token, thumbprint);
		error = buf_error(&text);
	}
	return lib_result(error ? error : lib_copy(buf_view(&text), ret_text));
}

int xica_xmpp01_element(const char *token, const char *thumbprint, char **ret_xml)
{
	cleanup_buf text = BUF_INIT;
	int error = check(token, thumbprint, ret_xml);
	if (!error) {
		proof_add_element(&text, view_str(token), view_str(thumbprint));
		error = buf_error(&text);
	}
	return lib_result(error ? error : lib_copy(buf_view(&text), ret_xml));
}
