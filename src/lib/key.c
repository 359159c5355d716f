#include "crypto/key.h"
#include "lib/result.h"

int xica_key_make(char **ret_pem)
{
	cleanup_key *key = NULL;
	cleanup_buf pem = BUF_INIT;
	if (!ret_pem)
		return XICA_ERROR_ARGUMENT;
	int error = crypto_key_generate(CRYPTO_KEY_P256, 0, &key);
	if (!error)
		error = crypto_key_to_pem(key, VIEW_NONE, &pem);
	if (!error)
		error = lib_copy(buf_view(&pem), ret_pem);
	buf_wipe(&pem);
	return lib_result(error);
}
