#include "config/ca_chain.h"

#include "crypto/weak.h"
#include "pki/pem.h"
#include "pki/sig_alg.h"

void ca_chain_free(struct ca_chain_parsed *chain)
{
	for (size_t i = 0; i < CA_CHAIN_MAX + 1; i++)
		buf_free(&chain->der[i]);
	chain->count = 0;
}

static int parse_all(struct view pem, struct ca_chain_parsed *chain, struct buf *why)
{
	for (;;) {
		cleanup_buf der = BUF_INIT;
		const char *clause = "";
		int error = pem_read(&pem, PEM_CERTIFICATE, &der);
		if (error == XICA_ENOTFOUND)
			break;
		if (error) {
			buf_addf(why, "The PEM of certificate %zu is malformed.", chain->count + 1);
			return error;
		}
		if (chain->count == CA_CHAIN_MAX + 1) {
			buf_addf(why, "There are more than %d certificates.", CA_CHAIN_MAX + 1);
			return XICA_ERANGE;
		}
		struct buf *kept = &chain->der[chain->count];
		buf_add(kept, buf_view(&der));
		error = buf_error(kept);
		if (!error)
			error = pki_certificate_parse(buf_view(kept), &chain->list[chain->count], &clause);
		if (error) {
			buf_addf(why, "Certificate %zu can't be read: %s.", chain->count + 1, clause);
			return error;
		}
		chain->count++;
	}
	if (chain->count)
		return XICA_OK;
	buf_add_str(why, "there is no certificate in PEM in it");
	return XICA_EPARSE;
}

int ca_chain_parse(struct view pem, struct ca_chain_parsed *ret_chain, struct buf *why)
{
	*ret_chain = (struct ca_chain_parsed){0};
	int error = parse_all(pem, ret_chain, why);
	if (error)
		ca_chain_free(ret_chain);
	return error;
}

// --- one certificate

static const char *time_fault(const struct pki_certificate *c, xica_time now)
{
	if (now < c->not_before)
		return "is not valid yet";
	return now > c->not_after ? "has expired" : NULL;
}

static bool is_empty_name(struct view name)
{
	struct view sets;
	return der_read_only(name, DER_SEQUENCE, &sets) || sets.len == 0;
}

static const char *authority_fault(const struct pki_certificate *c)
{
	if (c->version != 3)
		return "is not of version 3";
	if (is_empty_name(c->subject))
		return "has an empty subject (RFC 6120 §13.7.1.1)";
	if (!c->has_basic_constraints || !c->ca)
		return "is not one of a CA: basicConstraints does not say cA";
	if (c->has_key_usage && !(c->key_usage & PKI_USAGE_KEY_CERT_SIGN))
		return "must not sign certificates: keyUsage lacks keyCertSign";
	return NULL;
}

// What is asked of ours beyond what is asked of those above it.
static const char *issuer_fault(const struct pki_certificate *c)
{
	if (!c->has_key_usage)
		return "has no keyUsage";
	if (!(c->key_usage & PKI_USAGE_CRL_SIGN))
		return "must not sign CRLs: keyUsage lacks cRLSign";
	if (!(c->key_usage & PKI_USAGE_DIGITAL_SIGNATURE))
		return "lacks digitalSignature in keyUsage (RFC 6120 §13.7.1.1)";
	return c->key_id.len ? NULL : "has no subject key identifier";
}

static const char *key_fault(const struct pki_certificate *c)
{
	struct crypto_key *key = NULL;
	enum crypto_weakness weakness = CRYPTO_WEAK_TYPE;
	int error = crypto_key_from_spki(c->spki, &key);
	if (!error)
		error = crypto_weak_check(key, &weakness);
	crypto_key_free(key);
	return error || weakness == CRYPTO_WEAK_NONE ? (error ? "has a key that can't be read" : NULL) : "has a weak key";
}

// --- one certificate and the one above it

static const char *link_fault(const struct pki_certificate *below, const struct pki_certificate *above)
{
	enum crypto_sig alg;
	if (!view_equal(below->issuer, above->subject))
		return "names another issuer than the certificate after it";
	if (below->authority_key_id.len && above->key_id.len && !view_equal(below->authority_key_id, above->key_id))
		return "names another issuer key than that of the certificate after it";
	if (pki_sig_alg_read(below->algorithm, &alg))
		return "is signed by an algorithm that is not accepted";
	return pki_certificate_signed_by(below, above) ? "is not signed by the certificate after it" : NULL;
}

static const char *fault_at(const struct ca_chain_parsed *chain, size_t i, xica_time now)
{
	const struct pki_certificate *c = &chain->list[i];
	bool last = i + 1 == chain->count;
	const char *fault = authority_fault(c);
	if (!fault && i == 0)
		fault = issuer_fault(c);
	if (!fault)
		fault = time_fault(c, now);
	if (!fault)
		fault = key_fault(c);
	if (!fault && c->path_len >= 0 && (size_t)c->path_len < i) // i intermediates follow it
		fault = "has a pathLenConstraint too small for what is below it";
	if (!fault && last && !pki_certificate_self_issued(c))
		fault = "is the last, and no root: the root belongs behind it, so that every signature can be checked";
	return fault ? fault : link_fault(c, last ? c : c + 1);
}

int ca_chain_check(const struct ca_chain_parsed *chain, xica_time now, struct buf *why)
{
	if (chain->count == 1 && pki_certificate_self_issued(&chain->list[0])) {
		buf_add_str(why, "This is a root alone; the intermediate's certificate comes first.");
		return XICA_EDENIED;
	}
	for (size_t i = 0; i < chain->count; i++) {
		const char *fault = fault_at(chain, i, now);
		if (!fault)
			continue;
		buf_addf(why, "Certificate %zu (", i + 1);
		pki_name_add_text(why, chain->list[i].subject);
		buf_addf(why, ") %s.", fault);
		return XICA_EDENIED;
	}
	return XICA_OK;
}
