#include "pki/csr.h"

int pki_csr_verify(const struct pki_csr *csr, struct crypto_key **ret_key)
{
	cleanup_key *key = NULL;
	int error = crypto_key_from_spki(csr->spki, &key);
	if (!error)
		error = crypto_verify(key, csr->sig_alg, csr->info, csr->signature);
	if (error)
		return error;
	*ret_key = crypto_key_ref(key);
	return XICA_OK;
}
