// Serial numbers as people write them: what is read has 1 to 20 bytes, no zeros before them, and is itself again when it is written plainly.
#include <stdlib.h>

#include "base/hex.h"
#include "pki/serial.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_buf serial = BUF_INIT, text = BUF_INIT, again = BUF_INIT;
	if (pki_serial_from_text(view_bytes(data, size), &serial)) {
		if (serial.len)
			abort();
		return 0;
	}
	if (!serial.len || serial.len > PKI_SERIAL_MAX_LEN || !serial.ptr[0])
		abort();
	hex_encode(&text, buf_view(&serial));
	if (pki_serial_from_text(buf_view(&text), &again) || !view_equal(buf_view(&again), buf_view(&serial)))
		abort();
	return 0;
}
