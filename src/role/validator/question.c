#include "role/validator/question.h"

#include <string.h>

#include "validate/email01.h"

static int read_u64(const struct ipc_message *message, enum ipc_field field, uint64_t least, uint64_t most, uint64_t *ret_value)
{
	uint64_t value;
	int error = ipc_message_u64(message, field, &value);
	if (error)
		return error;
	if (value < least || value > most)
		return XICA_ERANGE;
	*ret_value = value;
	return XICA_OK;
}

static int read_subject(const struct ipc_message *message, struct arena *arena, struct proof_request *request)
{
	struct view thumbprint = ipc_message_bytes(message, IPC_THUMBPRINT);
	uint64_t type, wildcard;
	int error = read_u64(message, IPC_IDENTIFIER_TYPE, PKI_IDENTIFIER_DNS, PKI_IDENTIFIER_SRV, &type);
	if (!error)
		error = read_u64(message, IPC_WILDCARD, 0, 1, &wildcard);
	if (error)
		return error;
	if (thumbprint.len != sizeof(request->thumbprint))
		return XICA_EPARSE;
	memcpy(request->thumbprint, thumbprint.ptr, sizeof(request->thumbprint));
	request->identifier.type = (enum pki_identifier_type)type;
	request->identifier.wildcard = wildcard == 1;
	request->identifier.value = arena_copy(arena, ipc_message_bytes(message, IPC_IDENTIFIER));
	request->account_url = arena_copy(arena, ipc_message_bytes(message, IPC_ACCOUNT_URL));
	return request->identifier.value.ptr && request->account_url.ptr ? XICA_OK : XICA_ENOMEM;
}

int validator_read_validate(const struct ipc_message *message, struct arena *arena, struct proof_request *ret_request)
{
	struct proof_request request = {0};
	uint64_t expires = 0, subdomains = 0;
	int error = read_subject(message, arena, &request);
	if (!error)
		error = read_u64(message, IPC_EXPIRES, 0, INT64_MAX, &expires);
	if (error)
		return error;
	error = read_u64(message, IPC_SUBDOMAINS, 0, 1, &subdomains);
	if (error && error != XICA_ENOTFOUND)
		return error;
	request.subdomains = subdomains == 1;
	request.expires = (xica_time)expires;
	request.challenge = challenge_find(ipc_message_bytes(message, IPC_CHALLENGE));
	if (!request.challenge)
		return XICA_EUNSUPPORTED;
	request.token = arena_copy(arena, ipc_message_bytes(message, IPC_TOKEN));
	request.code = arena_copy(arena, ipc_message_bytes(message, IPC_CODE));
	request.former = arena_copy(arena, ipc_message_bytes(message, IPC_FORMER_THUMBPRINTS));
	if (!request.token.ptr || !request.code.ptr || !request.former.ptr)
		return XICA_ENOMEM;
	if (request.former.len % CRYPTO_SHA256_LEN)
		return XICA_EPARSE;
	*ret_request = request;
	return XICA_OK;
}

int validator_read_code_send(const struct ipc_message *message, struct arena *arena, struct proof_request *ret_request)
{
	struct proof_request request = {.challenge = &challenge_email01};
	int error = read_subject(message, arena, &request);
	if (error)
		return error;
	request.token = arena_copy(arena, ipc_message_bytes(message, IPC_TOKEN));
	if (!request.token.ptr)
		return XICA_ENOMEM;
	*ret_request = request;
	return XICA_OK;
}

int validator_read_check_caa(const struct ipc_message *message, struct arena *arena, struct proof_request *ret_request)
{
	struct proof_request request = {0};
	int error = read_subject(message, arena, &request);
	if (!error)
		error = receipt_method_parse(ipc_message_bytes(message, IPC_METHOD), &request.method);
	if (error)
		return error;
	*ret_request = request;
	return XICA_OK;
}
