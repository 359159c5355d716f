// A message between roles: whatever parses keeps to its type's table and gives every value back.
#include <stdlib.h>

#include "ipc/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_arena arena = ARENA_INIT;
	struct ipc_message message;
	if (ipc_message_parse(view_bytes(data, size), &arena, &message))
		return 0;
	size_t total = 0, bytes = 10;
	for (unsigned field = 0; field <= IPC_AUDIT_HASH; field++) {
		struct view value;
		uint64_t number;
		for (size_t n = 0; ipc_message_nth(&message, (enum ipc_field)field, n, &value); n++, total++)
			bytes += 6 + value.len;
		(void)!ipc_message_u64(&message, (enum ipc_field)field, &number);
	}
	if (total != message.count || bytes != size)
		abort();
	return 0;
}
