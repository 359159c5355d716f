// PEM files from anywhere; what was read is read again from what is written.
#include <stdlib.h>

#include "pki/pem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct view cursor = view_bytes(data, size);
	cleanup_buf der = BUF_INIT;
	while (!pem_read(&cursor, PEM_CERTIFICATE, &der)) {
		cleanup_buf text = BUF_INIT, again = BUF_INIT;
		pem_write(&text, PEM_CERTIFICATE, buf_view(&der));
		struct view copy = buf_view(&text);
		if (buf_error(&text) || pem_read(&copy, PEM_CERTIFICATE, &again) || copy.len || !view_equal(buf_view(&der), buf_view(&again)))
			abort();
		buf_clear(&der);
	}
	return 0;
}
