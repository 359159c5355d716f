// The record of dns-persist-01: whatever stands there, what is read of it is a part of it, and has an issuer and an account.
#include <stdlib.h>

#include "validate/persist_record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_within(struct view part, struct view whole)
{
	return part.ptr >= whole.ptr && part.len <= whole.len && part.ptr + part.len <= whole.ptr + whole.len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct view text = view_bytes(data, size);
	struct persist_record record;
	if (persist_record_read(text, &record))
		return 0;
	if (!record.issuer.len || !record.account_uri.len || !is_within(record.issuer, text) || !is_within(record.account_uri, text) || record.until < 0)
		abort();
	return 0;
}
