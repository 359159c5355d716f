#include "pki/sig_alg.h"

static enum oid oid_of(enum crypto_sig alg)
{
	switch (alg) {
	case CRYPTO_SIG_RSA_SHA256: return OID_RSA_SHA256;
	case CRYPTO_SIG_RSA_SHA384: return OID_RSA_SHA384;
	case CRYPTO_SIG_RSA_SHA512: return OID_RSA_SHA512;
	case CRYPTO_SIG_ECDSA_SHA256: return OID_ECDSA_SHA256;
	case CRYPTO_SIG_ECDSA_SHA384: return OID_ECDSA_SHA384;
	case CRYPTO_SIG_ECDSA_SHA512: return OID_ECDSA_SHA512;
	case CRYPTO_SIG_ED25519: return OID_ED25519;
	}
	return OID_UNKNOWN;
}

static bool has_null(enum crypto_sig alg)
{
	return alg == CRYPTO_SIG_RSA_SHA256 || alg == CRYPTO_SIG_RSA_SHA384 || alg == CRYPTO_SIG_RSA_SHA512;
}

void pki_sig_alg_add(struct buf *out, enum crypto_sig alg)
{
	size_t mark = der_open(out, DER_SEQUENCE);
	der_add_oid(out, oid_of(alg));
	if (has_null(alg))
		der_add_null(out);
	der_close(out, mark);
}

int pki_sig_alg_read(struct view whole, enum crypto_sig *ret_alg)
{
	struct view cursor, oid;
	int error = der_read_only(whole, DER_SEQUENCE, &cursor);
	if (!error)
		error = der_read_oid(&cursor, &oid);
	if (error)
		return error;
	for (int alg = CRYPTO_SIG_RSA_SHA256; alg <= CRYPTO_SIG_ED25519; alg++) {
		if (!oid_is(oid, oid_of((enum crypto_sig)alg)))
			continue;
		error = has_null((enum crypto_sig)alg) ? der_read_null(&cursor) : XICA_OK;
		if (!error)
			error = der_end(cursor);
		if (!error)
			*ret_alg = (enum crypto_sig)alg;
		return error;
	}
	return XICA_EUNSUPPORTED;
}
