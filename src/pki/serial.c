#include "pki/serial.h"

#include "base/hex.h"

static bool is_separator(uint8_t c)
{
	return c == ':' || c == ' ';
}

int pki_serial_from_text(struct view text, struct buf *out)
{
	cleanup_buf digits = BUF_INIT, bytes = BUF_INIT;
	size_t count = 0, zeros = 0;
	for (size_t i = 0; i < text.len; i++)
		count += !is_separator(text.ptr[i]);
	if (count % 2)
		buf_add_byte(&digits, '0');
	for (size_t i = 0; i < text.len; i++)
		if (!is_separator(text.ptr[i]))
			buf_add_byte(&digits, text.ptr[i]);
	int error = buf_error(&digits);
	if (error || (error = hex_decode(buf_view(&digits), &bytes)))
		return error;
	while (zeros < bytes.len && !bytes.ptr[zeros])
		zeros++;
	struct view serial = view_sub(buf_view(&bytes), zeros, SIZE_MAX);
	if (!serial.len || serial.len > PKI_SERIAL_MAX_LEN)
		return XICA_ERANGE;
	buf_add(out, serial);
	return buf_error(out);
}
