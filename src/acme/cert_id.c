#include "acme/cert_id.h"

#include "base/base64url.h"

enum { SERIAL_MAX = 20, SIGN = 0x80 }; // RFC 5280 §4.1.2.2

static int decode(struct view text, struct arena *arena, struct view *ret_bytes)
{
	cleanup_buf bytes = BUF_INIT;
	int error = base64url_decode(text, &bytes);
	if (error || !bytes.len)
		return error ? error : XICA_EPARSE;
	*ret_bytes = arena_copy(arena, buf_view(&bytes));
	return ret_bytes->ptr ? XICA_OK : XICA_ENOMEM;
}

// X.690 §8.3.2: no first nine bits that are all alike. Positive, and not zero.
static bool is_positive_der(struct view integer)
{
	if (integer.ptr[0])
		return integer.len <= SERIAL_MAX && !(integer.ptr[0] & SIGN);
	return integer.len > 1 && integer.len <= SERIAL_MAX + 1 && integer.ptr[1] & SIGN; // a zero before it keeps it positive
}

int acme_cert_id_parse(struct view text, struct arena *arena, struct acme_cert_id *ret_id)
{
	struct acme_cert_id id;
	size_t dot = view_index(text, '.', 0);
	if (dot == SIZE_MAX || text.len > ACME_CERT_ID_LEN_MAX)
		return XICA_EPARSE;
	int error = decode(view_sub(text, 0, dot), arena, &id.authority_key_id);
	if (error || (error = decode(view_sub(text, dot + 1, SIZE_MAX), arena, &id.serial)))
		return error;
	if (!is_positive_der(id.serial))
		return XICA_EPARSE;
	if (!id.serial.ptr[0])
		id.serial = view_sub(id.serial, 1, SIZE_MAX);
	*ret_id = id;
	return XICA_OK;
}

const char *acme_cert_id_text(struct view authority_key_id, struct view serial, struct arena *arena)
{
	cleanup_buf integer = BUF_INIT, text = BUF_INIT;
	if (serial.len && serial.ptr[0] & SIGN)
		buf_add_byte(&integer, 0);
	buf_add(&integer, serial);
	base64url_encode(&text, authority_key_id);
	buf_add_byte(&text, '.');
	base64url_encode(&text, buf_view(&integer));
	return buf_error(&integer) || buf_error(&text) ? NULL : arena_strdup(arena, buf_view(&text));
}
