#include "config/ca_dir_init.h"

#include "config/ca_authority.h"
#include "config/ca_index.h"

// Writes a root's key, certificate and CRL, and enters it.
static int keep_root(struct ca_change *c, const struct ca_init *init, const struct ca_authority *root, json_t *cross)
{
	cleanup_buf crl = BUF_INIT;
	const char *key = init->root_key_file ? init->root_key_file : arena_printf(&c->arena, "root-%s.key", root->id);
	const char *certificate, *crl_name;
	int error = key ? ca_change_key(c, key, root->key, init->passphrase) : XICA_ENOMEM;
	if (!error)
		error = ca_change_certificate(c, "root", root->id, buf_view(&root->der), &certificate);
	if (!error)
		error = ca_authority_crl(root, NULL, init->now, &crl);
	if (!error)
		error = ca_change_crl(c, root->id, buf_view(&crl), &crl_name);
	if (error) {
		json_decref(cross);
		return error;
	}
	json_t *entry = json_pack("{s:s, s:s, s:s, s:s, s:o}", "id", root->id, "certificate", certificate, "crl", crl_name, "key", key,
				  "cross", cross ? cross : json_array());
	return ca_change_list(c, "roots", entry);
}

// Where the root is cross-signed, the default chain goes on to the older root, which more peers trust; the short one is the alternate.
static json_t *chains_of(const json_t *cross, const char *certificate)
{
	json_t *chains = json_array(), *name;
	size_t i;
	json_array_foreach(cross, i, name)
		(void)json_array_append_new(chains, json_pack("[s, s]", certificate, json_string_value(name)));
	(void)json_array_append_new(chains, json_pack("[s]", certificate));
	return chains;
}

// A new intermediate below root, which stands first in the index by now.
static int add_issuer(struct ca_change *c, const struct ca_init *init, const struct ca_authority *root)
{
	struct ca_authority issuer = {.der = BUF_INIT};
	const char *certificate, *key;
	int error = ca_authority_new(init, "Issuer", root, &issuer);
	if (error)
		return ca_change_fail(c, error, "intermediate", xica_strerror(error));
	key = arena_printf(&c->arena, CA_ISSUER_KEY_NAME, issuer.id);
	error = key ? ca_change_key(c, key, issuer.key, VIEW_NONE) : XICA_ENOMEM; // the signer opens it unattended
	if (!error)
		error = ca_change_certificate(c, "issuer", issuer.id, buf_view(&issuer.der), &certificate);
	if (!error) {
		const json_t *entry = ca_index_find(c->index, "roots", root->id);
		error = ca_change_list(c, "issuers", json_pack("{s:s, s:s, s:o}", "id", issuer.id, "key", key, "chains",
							       chains_of(json_object_get(entry, "cross"), certificate)));
	}
	ca_authority_free(&issuer);
	return error;
}

static int add_root(struct ca_change *c, const struct ca_init *init, const struct ca_authority *older)
{
	struct ca_authority root = {.der = BUF_INIT};
	cleanup_buf cross = BUF_INIT;
	const char *name;
	json_t *names = NULL;
	int error = ca_authority_new(init, "Root", NULL, &root);
	if (error)
		return ca_change_fail(c, error, "root", xica_strerror(error));
	if (older) {
		error = ca_authority_cross(older, &root, init->http_url, init->now, &cross);
		if (!error)
			error = ca_change_certificate(c, "cross", root.id, buf_view(&cross), &name);
		if (!error)
			names = json_pack("[s]", name);
	}
	if (!error)
		error = keep_root(c, init, &root, names);
	if (!error)
		error = add_issuer(c, init, &root);
	ca_authority_free(&root);
	return error;
}

static int finish(struct ca_change *c, int error)
{
	if (!error)
		error = ca_change_commit(c);
	ca_change_end(c);
	return error;
}

int ca_init(const struct ca_init *init, struct buf *why)
{
	struct ca_change c;
	int error = ca_change_begin(init->dir, true, why, &c);
	if (error)
		return error;
	if (json_array_size(json_object_get(c.index, "issuers")) || json_array_size(json_object_get(c.index, "roots")) ||
	    json_array_size(json_object_get(c.index, "requests")))
		error = ca_change_fail(&c, XICA_EEXIST, init->dir, "there is a CA in this folder already");
	struct ca_init named = *init;
	if (!error)
		error = ca_change_names(&c, &named);
	if (!error)
		error = add_root(&c, &named, NULL);
	return finish(&c, error);
}

int ca_init_intermediate(const struct ca_init *init, struct buf *why)
{
	struct ca_change c;
	struct ca_authority root;
	int error = ca_change_begin(init->dir, false, why, &c);
	if (error)
		return error;
	struct ca_init named = *init;
	error = ca_change_names(&c, &named);
	if (!error)
		error = ca_authority_open_root(&c, &named, &root);
	if (!error) {
		error = add_issuer(&c, &named, &root);
		ca_authority_free(&root);
	}
	return finish(&c, error);
}

int ca_init_root(const struct ca_init *init, const struct ca_init *older, struct buf *why)
{
	struct ca_change c;
	struct ca_authority root = {.der = BUF_INIT};
	int error = ca_change_begin(init->dir, false, why, &c);
	if (error)
		return error;
	struct ca_init named = *init;
	error = ca_change_names(&c, &named);
	if (!error && older)
		error = ca_authority_open_root(&c, older, &root);
	if (!error)
		error = add_root(&c, &named, older ? &root : NULL);
	ca_authority_free(&root);
	return finish(&c, error);
}
