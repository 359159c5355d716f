#include "config/ca_dir.h"

#include <string.h>

#include "base/file.h"
#include "config/ca_index.h"
#include "pki/certificate.h"
#include "pki/pem.h"

enum { FILE_MAX_LEN = 1 << 20 };

struct reader { // one reading of a folder
	const char *dir;
	enum ca_dir_access access;
	struct ca_dir *to;
	struct buf *why;
};

static int wrong(struct reader *r, const char *name, const char *what, int error)
{
	buf_addf(r->why, "%s: %s: %s", r->dir, name, what);
	return error;
}

static int read_file(struct reader *r, const char *folder, const char *name, struct buf *out)
{
	const char *path = ca_index_path(r->dir, folder, name, &r->to->arena);
	if (!path)
		return XICA_ENOMEM;
	int error = file_read(path, FILE_MAX_LEN, out);
	return error ? wrong(r, name, xica_strerror(error), error == XICA_ENOTFOUND ? XICA_EIO : error) : XICA_OK;
}

static int read_certificate(struct reader *r, const char *name, struct view *ret_der, struct pki_certificate *ret_certificate)
{
	cleanup_buf text = BUF_INIT, der = BUF_INIT;
	int error = read_file(r, "certificates", name, &text);
	if (error)
		return error;
	struct view cursor = buf_view(&text);
	const char *why = "it holds no certificate in PEM";
	error = pem_read(&cursor, PEM_CERTIFICATE, &der);
	struct view copy = error ? VIEW_NONE : arena_copy(&r->to->arena, buf_view(&der));
	if (!error && !copy.ptr)
		return XICA_ENOMEM;
	if (!error)
		error = pki_certificate_parse(copy, ret_certificate, &why);
	if (error)
		return wrong(r, name, why, XICA_EPARSE);
	*ret_der = copy;
	return XICA_OK;
}

static int read_chain(struct reader *r, const json_t *names, struct ca_chain *to)
{
	struct pki_certificate certificate;
	size_t i;
	json_t *name;
	to->certificates = arena_array(&r->to->arena, json_array_size(names), sizeof(*to->certificates));
	if (!to->certificates)
		return XICA_ENOMEM;
	json_array_foreach(names, i, name) {
		int error = read_certificate(r, json_string_value(name), &to->certificates[i], &certificate);
		if (error)
			return error;
		to->count++;
	}
	return XICA_OK;
}

static int read_key(struct reader *r, const char *name, const struct pki_certificate *certificate, struct crypto_key **ret_key)
{
	struct buf pem = BUF_INIT;
	struct crypto_key *public_key = NULL, *key = NULL;
	int error = read_file(r, "keys", name, &pem);
	if (error)
		return error;
	error = crypto_key_from_pem(buf_view(&pem), VIEW_NONE, &key);
	buf_wipe(&pem);
	if (error)
		return wrong(r, name, error == XICA_EDENIED ? "it wants a passphrase; an issuer's key is used unattended" : "it holds no private key",
			     error);
	error = crypto_key_from_spki(certificate->spki, &public_key);
	if (!error && !crypto_key_equal(key, public_key))
		error = wrong(r, name, "it is not the key of its certificate", XICA_EINVAL);
	crypto_key_free(public_key);
	if (error)
		crypto_key_free(key);
	else
		*ret_key = key;
	return error;
}

static int check_issuer(struct reader *r, const struct pki_certificate *certificate, const char *id, const char *name)
{
	char real_id[CA_ID_LEN + 1];
	int error = ca_id(certificate->spki, real_id);
	if (error || strcmp(real_id, id))
		return wrong(r, name, "its key is not the one of its id", error ? error : XICA_EINVAL);
	if (!certificate->ca || !certificate->key_id.len)
		return wrong(r, name, "it is no CA's certificate, or has no subject key identifier", XICA_EINVAL);
	return XICA_OK;
}

static int read_chains(struct reader *r, const json_t *chains, struct ca_issuer *to)
{
	size_t i;
	json_t *names;
	to->chains = arena_array(&r->to->arena, json_array_size(chains), sizeof(*to->chains));
	if (!to->chains)
		return XICA_ENOMEM;
	json_array_foreach(chains, i, names) {
		int error = read_chain(r, names, &to->chains[i]);
		if (error)
			return error;
		to->chain_count++;
	}
	return XICA_OK;
}

static int read_issuer(struct reader *r, const json_t *entry, struct ca_issuer *to)
{
	struct pki_certificate certificate;
	const char *why, *key = json_string_value(json_object_get(entry, "key"));
	to->id = arena_strdup(&r->to->arena, view_str(json_string_value(json_object_get(entry, "id"))));
	if (!to->id)
		return XICA_ENOMEM;
	int error = read_chains(r, json_object_get(entry, "chains"), to);
	if (!error)
		error = pki_certificate_parse(to->chains[0].certificates[0], &certificate, &why);
	if (!error)
		error = check_issuer(r, &certificate, to->id, key);
	if (error)
		return error;
	to->certificate = certificate.der;
	to->name = certificate.subject;
	to->key_id = certificate.key_id;
	to->not_before = certificate.not_before;
	to->not_after = certificate.not_after;
	error = crypto_key_from_spki(certificate.spki, &to->public_key);
	return error || r->access != CA_DIR_WITH_KEYS ? error : read_key(r, key, &certificate, &to->key);
}

static int read_root(struct reader *r, const json_t *entry, struct ca_root *to)
{
	struct pki_certificate certificate;
	cleanup_buf crl = BUF_INIT;
	const char *crl_name = json_string_value(json_object_get(entry, "crl"));
	to->id = arena_strdup(&r->to->arena, view_str(json_string_value(json_object_get(entry, "id"))));
	if (!to->id)
		return XICA_ENOMEM;
	int error = read_certificate(r, json_string_value(json_object_get(entry, "certificate")), &to->certificate, &certificate);
	if (error || !crl_name)
		return error;
	error = read_file(r, "certificates", crl_name, &crl);
	if (error)
		return error;
	to->crl = arena_copy(&r->to->arena, buf_view(&crl));
	return to->crl.ptr ? XICA_OK : XICA_ENOMEM;
}

static int read_lists(struct reader *r, const json_t *index)
{
	const json_t *issuers = json_object_get(index, "issuers"), *roots = json_object_get(index, "roots");
	struct ca_dir *to = r->to;
	size_t i;
	json_t *entry;
	if (json_array_size(issuers) == 0) {
		buf_addf(r->why, "%s: there is no issuer yet", r->dir);
		return XICA_ENOTFOUND;
	}
	to->issuers = arena_array(&to->arena, json_array_size(issuers), sizeof(*to->issuers));
	to->roots = arena_array(&to->arena, json_array_size(roots) + 1, sizeof(*to->roots));
	if (!to->issuers || !to->roots)
		return XICA_ENOMEM;
	json_array_foreach(issuers, i, entry) {
		to->issuer_count++;
		int error = read_issuer(r, entry, &to->issuers[i]);
		if (error)
			return error;
	}
	json_array_foreach(roots, i, entry) {
		to->root_count++;
		int error = read_root(r, entry, &to->roots[i]);
		if (error)
			return error;
	}
	return XICA_OK;
}

int ca_dir_read(const char *path, enum ca_dir_access access, struct ca_dir *ret_dir, struct buf *why)
{
	struct ca_dir dir = {.arena = ARENA_INIT};
	struct reader r = {path, access, &dir, why};
	json_t *index = NULL;
	int error = ca_index_read(path, &index, why);
	if (!error)
		error = read_lists(&r, index);
	json_decref(index);
	if (error)
		ca_dir_free(&dir);
	else
		*ret_dir = dir;
	return error;
}

void ca_dir_free(struct ca_dir *dir)
{
	for (size_t i = 0; i < dir->issuer_count; i++) {
		crypto_key_free(dir->issuers[i].public_key);
		crypto_key_free(dir->issuers[i].key);
	}
	arena_free(&dir->arena);
	*dir = (struct ca_dir){.arena = ARENA_INIT};
}

const struct ca_issuer *ca_dir_issuer(const struct ca_dir *dir, struct view id)
{
	for (size_t i = 0; i < dir->issuer_count; i++)
		if (view_equal_str(id, dir->issuers[i].id))
			return &dir->issuers[i];
	return NULL;
}
