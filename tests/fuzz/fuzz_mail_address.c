// An address as somebody types it: what is taken can stand in a header and in a mail command, and is taken again as it is.
#include <stdlib.h>

#include "site/mail_address.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(struct view address, bool lenient, struct arena *arena)
{
	struct view again;
	size_t at = view_index(address, '@', 0);
	if (address.len > MAIL_ADDRESS_MAX || at == SIZE_MAX || view_index(address, '@', at + 1) != SIZE_MAX)
		abort();
	for (size_t i = 0; i < address.len; i++)
		if (address.ptr[i] <= ' ' || address.ptr[i] >= 0x7f || view_index(VIEW_LIT("<>,;:\"\\()[]"), address.ptr[i], 0) != SIZE_MAX)
			abort();
	if (mail_address_parse(address, lenient, arena, &again) || !view_equal(address, again))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_arena arena = ARENA_INIT;
	struct view name, address;
	for (int lenient = 0; lenient < 2; lenient++) {
		if (!mail_address_parse(view_bytes(data, size), lenient, &arena, &address))
			check(address, lenient, &arena);
		if (!mail_address_parse_mailbox(view_bytes(data, size), lenient, &arena, &name, &address))
			check(address, lenient, &arena);
	}
	return 0;
}
