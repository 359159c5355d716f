#include "base/base64url.h"
#include "lib/result.h"

enum { TOKEN_MAX = 512, THUMBPRINT_LEN = 32 }; // a token has 22 characters at least (RFC 8555 §8.1: 128 bits); how many more is the CA's choice

// Of base64url: so nothing in it needs an escape in XML.
static int check(const char *token, const char *thumbprint)
{
	cleanup_buf bytes = BUF_INIT;
	struct view characters = view_str(token);
	for (size_t i = 0; i < characters.len; i++) {
		uint8_t c = characters.ptr[i];
		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_'))
			return XICA_EPARSE;
	}
	if (!characters.len || characters.len > TOKEN_MAX)
		return XICA_EPARSE;
	int error = base64url_decode(view_str(thumbprint), &bytes);
	return error ? error : bytes.len == THUMBPRINT_LEN ? XICA_OK : XICA_EPARSE;
}

static int write_text(bool element, const char *token, const char *thumbprint, char **ret_text)
{
	cleanup_buf text = BUF_INIT;
	if (!token || !thumbprint || !ret_text)
		return XICA_ERROR_ARGUMENT;
	int error = check(token, thumbprint);
	if (error)
		return lib_result(error);
	if (element)
		buf_addf(&text, "<acme xmlns='" XICA_NS_ACME "' token='%s'>", token);
	buf_addf(&text, "%s.%s", token, thumbprint);
	buf_add_str(&text, element ? "</acme>" : "");
	error = buf_error(&text);
	return lib_result(error ? error : lib_copy(buf_view(&text), ret_text));
}

int xica_xmpp01_key_authorization(const char *token, const char *thumbprint, char **ret_text)
{
	return write_text(false, token, thumbprint, ret_text);
}

int xica_xmpp01_element(const char *token, const char *thumbprint, char **ret_xml)
{
	return write_text(true, token, thumbprint, ret_xml);
}
