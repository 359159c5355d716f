#include "pki/crl_check.h"

#include "pki/sig_alg.h"

struct list { // CertificateList
	struct view tbs, inner_algorithm, algorithm, issuer, signature;
	xica_time this_update, next_update;
};

// TBSCertList ::= SEQUENCE { version INTEGER (1) OPTIONAL, signature, issuer Name, thisUpdate Time, nextUpdate Time OPTIONAL, … }
static int read_tbs(struct list *list)
{
	struct view body;
	uint64_t version = 1;
	int error = der_read_only(list->tbs, DER_SEQUENCE, &body);
	if (!error && der_next_is(body, DER_INTEGER))
		error = der_read_uint(&body, &version);
	if (!error)
		error = version == 1 ? der_read_whole(&body, DER_SEQUENCE, &list->inner_algorithm) : XICA_EPARSE;
	if (!error)
		error = der_read_whole(&body, DER_SEQUENCE, &list->issuer);
	if (!error)
		error = der_read_time(&body, &list->this_update);
	return error ? error : der_read_time(&body, &list->next_update);
}

static int read_list(struct view der, struct list *list)
{
	struct view body;
	int error = der_read_only(der, DER_SEQUENCE, &body);
	if (!error)
		error = der_read_whole(&body, DER_SEQUENCE, &list->tbs);
	if (!error)
		error = der_read_whole(&body, DER_SEQUENCE, &list->algorithm);
	if (!error)
		error = der_read_bit_bytes(&body, &list->signature);
	if (!error)
		error = der_end(body);
	return error ? error : read_tbs(list);
}

static bool is_signed(const struct list *list, const struct pki_certificate *issuer)
{
	cleanup_key *key = NULL;
	enum crypto_sig alg;
	return view_equal(list->algorithm, list->inner_algorithm) && !pki_sig_alg_read(list->algorithm, &alg) && !crypto_key_from_spki(issuer->spki, &key) &&
	       !crypto_verify(key, alg, list->tbs, list->signature);
}

struct pki_crl_check pki_crl_check(struct view der, const struct pki_certificate *issuer, xica_time now, xica_time slack)
{
	struct list list = {0};
	if (read_list(der, &list))
		return (struct pki_crl_check){PKI_CRL_UNREADABLE, "it is no revocation list", 0, 0};
	struct pki_crl_check check = {PKI_CRL_SOUND, NULL, list.this_update, list.next_update};
	if (!view_equal(list.issuer, issuer->subject)) {
		check.fault = PKI_CRL_OF_ANOTHER;
		check.why = "it is another issuer's";
	} else if (!is_signed(&list, issuer)) {
		check.fault = PKI_CRL_FORGED;
		check.why = "its signature does not verify";
	} else if (list.this_update > now + slack) {
		check.fault = PKI_CRL_EARLY;
		check.why = "it is of the future";
	} else if (list.next_update < now) {
		check.fault = PKI_CRL_STALE;
		check.why = "it is too old: its nextUpdate is over";
	}
	return check;
}
