#include "config/ca_authority.h"

#include <string.h>

#include "base/hex.h"
#include "config/ca_index.h"
#include "crypto/digest.h"
#include "pki/build_ca.h"
#include "pki/crl.h"

enum { ROOT_YEARS = 20, ISSUER_YEARS = 10, YEAR_DAYS = 365, CRL_DAYS = 400, BACKDATE = XICA_DAY };

void ca_authority_free(struct ca_authority *authority)
{
	crypto_key_free(authority->key);
	buf_free(&authority->der);
	*authority = (struct ca_authority){.der = BUF_INIT};
}

static struct pki_issuer as_issuer(const struct ca_authority *authority)
{
	return (struct pki_issuer){authority->id, authority->certificate.subject, authority->certificate.key_id,
		crypto_sig_default(authority->key), authority->certificate.not_after};
}

static int new_serial(uint8_t serial[PKI_SERIAL_LEN])
{
	serial[0] = PKI_SERIAL_FIRST;
	return crypto_random(serial + 1, PKI_SERIAL_LEN - 1);
}

// "Example Root 3f9a12c0": the tail of the name is the key's, so that no two keys bear one name.
static int add_subject(const struct ca_init *init, const char *role, const char *id, struct buf *out)
{
	cleanup_buf common = BUF_INIT;
	buf_addf(&common, "%s %s %.8s", init->name, role, id);
	int error = buf_error(&common);
	if (!error)
		pki_build_name(out, view_str(init->name), buf_view(&common));
	return error ? error : buf_error(out);
}

// The status URLs of what issuer signs.
struct urls {
	struct buf ca, crl;
};

static int make_urls(const struct ca_authority *issuer, const char *http_url, struct urls *urls)
{
	buf_add_str(&urls->ca, http_url);
	pki_path_ca(&urls->ca, issuer->id);
	buf_add_str(&urls->crl, http_url);
	pki_path_root_crl(&urls->crl, issuer->id);
	return buf_cstr(&urls->ca) && buf_cstr(&urls->crl) ? XICA_OK : XICA_ENOMEM;
}

static int sign(struct pki_authority *about, const struct ca_authority *issuer, const struct crypto_key *key, const char *http_url,
		struct buf *der_out)
{
	uint8_t serial[PKI_SERIAL_LEN];
	struct urls urls = {BUF_INIT, BUF_INIT};
	cleanup_buf tbs = BUF_INIT;
	struct pki_issuer parts = issuer ? as_issuer(issuer) : (struct pki_issuer){0};
	int error = new_serial(serial);
	if (!error && issuer && http_url) {
		error = make_urls(issuer, http_url, &urls);
		about->issuer_url = buf_cstr(&urls.ca);
		about->crl_url = buf_cstr(&urls.crl);
	}
	about->serial = view_bytes(serial, sizeof(serial));
	about->issuer = issuer ? &parts : NULL;
	about->sig_alg = crypto_sig_default(key);
	if (!error)
		error = pki_build_ca_tbs(about, &tbs);
	if (!error)
		error = pki_build_sign(issuer ? issuer->key : key, buf_view(&tbs), der_out);
	buf_free(&urls.ca);
	buf_free(&urls.crl);
	return error;
}

static xica_time earlier(xica_time a, xica_time b)
{
	return a < b ? a : b;
}

static int certify(const struct ca_init *init, const char *role, const struct ca_authority *issuer, struct ca_authority *to)
{
	cleanup_buf spki = BUF_INIT, subject = BUF_INIT;
	const char *why;
	int error = crypto_key_to_spki(to->key, &spki);
	if (!error)
		error = ca_id(buf_view(&spki), to->id);
	if (!error)
		error = add_subject(init, role, to->id, &subject);
	if (error)
		return error;
	struct pki_authority about = {.subject = buf_view(&subject), .spki = buf_view(&spki), .not_before = init->now - BACKDATE,
		.path_len = issuer ? 0 : -1};
	xica_time years = issuer ? ISSUER_YEARS : ROOT_YEARS;
	about.not_after = init->now + years * YEAR_DAYS * XICA_DAY - 1;
	if (issuer)
		about.not_after = earlier(about.not_after, issuer->certificate.not_after);
	error = sign(&about, issuer, to->key, init->http_url, &to->der);
	return error ? error : pki_certificate_parse(buf_view(&to->der), &to->certificate, &why);
}

int ca_authority_new(const struct ca_init *init, const char *role, const struct ca_authority *issuer,
		     struct ca_authority *ret_authority)
{
	struct ca_authority authority = {.der = BUF_INIT};
	int error = crypto_key_generate(init->key_type, init->bits, &authority.key);
	if (!error)
		error = certify(init, role, issuer, &authority);
	if (error)
		ca_authority_free(&authority);
	else
		*ret_authority = authority;
	return error;
}

static int open_key(struct ca_change *c, const struct ca_init *init, const json_t *root, struct ca_authority *to)
{
	struct crypto_key *public_key = NULL;
	const char *name = init->root_key_file ? init->root_key_file : json_string_value(json_object_get(root, "key"));
	if (!name)
		return ca_change_fail(c, XICA_ENOTFOUND, c->dir, "the root's key is not known here; say where it is");
	int error = ca_change_read_key(c, name, init->passphrase, &to->key);
	if (!error)
		error = crypto_key_from_spki(to->certificate.spki, &public_key);
	if (!error && !crypto_key_equal(to->key, public_key))
		error = ca_change_fail(c, XICA_EINVAL, name, "it is not the root's key");
	crypto_key_free(public_key);
	return error;
}

int ca_authority_open_root(struct ca_change *change, const struct ca_init *init, struct ca_authority *ret_authority)
{
	struct ca_authority authority = {.der = BUF_INIT};
	struct view der;
	const char *why;
	const json_t *root = json_array_get(json_object_get(change->index, "roots"), 0);
	if (!root)
		return ca_change_fail(change, XICA_ENOTFOUND, change->dir, "there is no root of our own");
	int error = ca_change_read_certificate(change, json_string_value(json_object_get(root, "certificate")), &der);
	if (error)
		return error;
	buf_add(&authority.der, der);
	memcpy(authority.id, json_string_value(json_object_get(root, "id")), CA_ID_LEN);
	error = buf_error(&authority.der);
	if (!error)
		error = pki_certificate_parse(buf_view(&authority.der), &authority.certificate, &why);
	if (!error)
		error = open_key(change, init, root, &authority);
	if (error)
		ca_authority_free(&authority);
	else
		*ret_authority = authority;
	return error;
}

int ca_authority_cross(const struct ca_authority *authority, const struct ca_authority *other, const char *http_url, xica_time now,
		       struct buf *der_out)
{
	struct pki_authority about = {.subject = other->certificate.subject, .spki = other->certificate.spki,
		.not_before = now - BACKDATE, .path_len = 1};
	about.not_after = earlier(authority->certificate.not_after, other->certificate.not_after);
	return sign(&about, authority, other->key, http_url, der_out);
}

static int add_revoked(struct pki_crl *crl, const json_t *entry)
{
	cleanup_buf serial = BUF_INIT;
	int error = hex_decode(view_str(json_string_value(json_object_get(entry, "serial"))), &serial);
	return error ? error
		     : pki_crl_add(crl, buf_view(&serial), json_integer_value(json_object_get(entry, "time")),
				   (unsigned)json_integer_value(json_object_get(entry, "reason")));
}

int ca_authority_crl(const struct ca_authority *authority, const json_t *revoked, xica_time now, struct buf *der_out)
{
	struct pki_issuer issuer = as_issuer(authority);
	// The number only has to rise (RFC 5280 §5.2.3); seconds do, and need no memory.
	struct pki_crl crl = {.issuer = &issuer, .number = (uint64_t)now, .this_update = now - XICA_HOUR,
		.next_update = now + CRL_DAYS * XICA_DAY, .entries = BUF_INIT};
	cleanup_buf tbs = BUF_INIT;
	size_t i;
	json_t *entry;
	int error = XICA_OK;
	json_array_foreach(revoked, i, entry)
		if (!error)
			error = add_revoked(&crl, entry);
	if (!error)
		error = pki_crl_tbs(&crl, &tbs);
	buf_free(&crl.entries);
	return error ? error : pki_build_sign(authority->key, buf_view(&tbs), der_out);
}
