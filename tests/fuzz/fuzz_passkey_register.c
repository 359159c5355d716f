// A browser's answer when a passkey is made. Client data, a NUL, the attestation object; where the client data is empty, right one stands in for it.
#include "passkey_question.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_buf key = BUF_INIT, credential = BUF_INIT;
	struct view input = view_bytes(data, size);
	size_t end = view_index(input, 0, 0);
	struct view client_data = view_sub(input, 0, end), attestation = end == SIZE_MAX ? VIEW_LIT("") : view_sub(input, end + 1, SIZE_MAX);
	if (!client_data.len)
		client_data = VIEW_LIT(PASSKEY_CLIENT_DATA("webauthn.create"));
	int error = passkey_register(&QUESTION, client_data, attestation, &key, &credential);
	bool made = key.len == 65 || key.len == 33 || key.len == 260;
	if (error ? key.len + credential.len : !made || !credential.len || credential.len > PASSKEY_CREDENTIAL_MAX)
		abort();
	return 0;
}
