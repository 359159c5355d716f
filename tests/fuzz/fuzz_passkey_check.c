// A browser's answer when a passkey is used. A public key as it is kept (its first byte says how long it is), a byte: the length of the authenticator data,
// these, and the signature.
#include "passkey_question.h"

static size_t key_length(uint8_t kind)
{
	return kind == 1 ? 65 : kind == 2 ? 33 : 260;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct view input = view_bytes(data, size);
	uint64_t counter = 0;
	if (!size || size <= key_length(data[0]))
		return 0;
	struct passkey_assertion assertion = {.client_data = VIEW_LIT(PASSKEY_CLIENT_DATA("webauthn.get")), .public_key = view_sub(input, 0, key_length(data[0])),
		.counter = 1};
	input = view_sub(input, key_length(data[0]), SIZE_MAX);
	assertion.authenticator_data = view_sub(input, 1, input.ptr[0]);
	assertion.signature = view_sub(input, 1 + assertion.authenticator_data.len, SIZE_MAX);
	if (!passkey_check(&QUESTION, &assertion, &counter) && (counter <= 1 || (assertion.authenticator_data.ptr[32] & 5) != 5))
		abort();
	return 0;
}
