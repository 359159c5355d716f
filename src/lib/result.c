#include "lib/result.h"

#include <stdlib.h>
#include <string.h>

int lib_result(int error)
{
	switch (error) {
	case XICA_OK: return XICA_DONE;
	case XICA_ENOMEM: return XICA_ERROR_MEMORY;
	case XICA_EINVAL: return XICA_ERROR_ARGUMENT;
	case XICA_EPARSE: return XICA_ERROR_INPUT;
	case XICA_ERANGE: return XICA_ERROR_LIMIT;
	case XICA_ENOTFOUND:
	case XICA_EDENIED:
	case XICA_EIO: return XICA_ERROR_FILE;
	default: return XICA_ERROR_CRYPTO;
	}
}

const char *xica_result_text(int result)
{
	switch (result) {
	case XICA_DONE: return "done";
	case XICA_ERROR_MEMORY: return "out of memory";
	case XICA_ERROR_ARGUMENT: return "an argument that is never valid";
	case XICA_ERROR_INPUT: return "the input is malformed";
	case XICA_ERROR_LIMIT: return "too many roots or revocation lists";
	case XICA_ERROR_FILE: return "a file or folder can't be read";
	case XICA_ERROR_CRYPTO: return "the crypto library failed";
	case XICA_ERROR_CA: return "the CA can't be reached, isn't trusted, or its answers are no ACME";
	case XICA_ERROR_REFUSED: return "the CA refuses, or gave something else than what was ordered";
	case XICA_ERROR_SHOW: return "a proof could not be shown";
	case XICA_ERROR_TIME: return "the CA doesn't come to an end";
	case XICA_ERROR_CANCELLED: return "cancelled";
	default: return "unknown result";
	}
}

const char *xica_version(void)
{
	return XICA_VERSION;
}

void xica_free(void *pointer)
{
	free(pointer);
}

int lib_copy(struct view text, char **ret_text)
{
	char *copy = malloc(text.len + 1);
	if (!copy)
		return XICA_ENOMEM;
	if (text.len)
		memcpy(copy, text.ptr, text.len);
	copy[text.len] = '\0';
	*ret_text = copy;
	return XICA_OK;
}
