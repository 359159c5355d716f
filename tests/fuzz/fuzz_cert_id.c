// A certificate's identifier (RFC 9773): what is read has one spelling alone, the one that is written.
#include <stdlib.h>

#include "acme/cert_id.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_arena arena = ARENA_INIT;
	struct acme_cert_id id;
	if (acme_cert_id_parse(view_bytes(data, size), &arena, &id))
		return 0;
	const char *text = acme_cert_id_text(id.authority_key_id, id.serial, &arena);
	if (!id.authority_key_id.len || !id.serial.len || id.serial.len > 20 || (text && !view_equal_str(view_bytes(data, size), text)))
		abort();
	return 0;
}
