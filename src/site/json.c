#include "site/json.h"

#include "base/hex.h"
#include "crypto/key.h"
#include "pki/pem.h"
#include "site/site.h"

json_t *site_json_ascii(struct view text)
{
	cleanup_buf shown = BUF_INIT;
	for (size_t i = 0; i < text.len; i++)
		buf_add_byte(&shown, text.ptr[i] >= 0x20 && text.ptr[i] <= 0x7e ? text.ptr[i] : '?');
	return buf_error(&shown) ? NULL : site_json_text(buf_view(&shown));
}

json_t *site_json_hex(struct view bytes)
{
	cleanup_buf text = BUF_INIT;
	hex_encode(&text, bytes);
	return buf_error(&text) ? NULL : site_json_text(buf_view(&text));
}

json_t *site_json_time(xica_time time)
{
	return time ? json_integer(time) : json_null();
}

json_t *site_json_pem(const char *label, struct view der)
{
	cleanup_buf pem = BUF_INIT;
	pem_write(&pem, label, der);
	return buf_error(&pem) ? NULL : site_json_text(buf_view(&pem));
}

json_t *site_json_key_type(struct view spki)
{
	cleanup_buf text = BUF_INIT;
	cleanup_key *key = NULL;
	if (crypto_key_from_spki(spki, &key))
		return json_string("other");
	crypto_key_add_text(key, &text);
	return buf_error(&text) ? NULL : site_json_text(buf_view(&text));
}

static int add_to_buf(const char *bytes, size_t len, void *out)
{
	buf_add(out, view_bytes(bytes, len));
	return 0;
}

int site_json_write(const json_t *value, struct buf *out)
{
	if (!value || json_dump_callback(value, add_to_buf, out, JSON_COMPACT))
		return XICA_ENOMEM;
	return buf_error(out);
}
