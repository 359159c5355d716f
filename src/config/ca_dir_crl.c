#include "base/hex.h"
#include "config/ca_authority.h"
#include "config/ca_dir_init.h"
#include "config/ca_index.h"

static int add_serial(json_t *revoked, struct view serial, xica_time now, unsigned reason)
{
	cleanup_buf hex = BUF_INIT;
	const json_t *entry;
	size_t i;
	hex_encode(&hex, serial);
	if (!buf_cstr(&hex))
		return XICA_ENOMEM;
	json_array_foreach(revoked, i, entry)
		if (view_equal(buf_view(&hex), view_str(json_string_value(json_object_get(entry, "serial")))))
			return XICA_OK;
	return json_array_append_new(revoked, json_pack("{s:s, s:I, s:i}", "serial", buf_cstr(&hex), "time", (json_int_t)now, "reason",
							(int)reason)) ? XICA_ENOMEM : XICA_OK;
}

// Every certificate of the issuer that this root has signed.
static int revoke(struct ca_change *c, const struct ca_authority *root, const char *issuer_id, const struct ca_init *init, unsigned reason,
		  json_t *revoked)
{
	const json_t *issuer = ca_index_find(c->index, "issuers", issuer_id), *chain;
	size_t i, found = 0;
	if (!issuer)
		return ca_change_fail(c, XICA_ENOTFOUND, issuer_id, "there is no such issuer");
	if (issuer == json_array_get(json_object_get(c->index, "issuers"), 0))
		return ca_change_fail(c, XICA_EDENIED, issuer_id, "it issues now; make another first (xica ca init --new-intermediate)");
	json_array_foreach(json_object_get(issuer, "chains"), i, chain) {
		struct pki_certificate certificate;
		struct view der;
		const char *why;
		int error = ca_change_read_certificate(c, json_string_value(json_array_get(chain, 0)), &der);
		if (!error)
			error = pki_certificate_parse(der, &certificate, &why);
		if (!error && view_equal(certificate.issuer, root->certificate.subject) && found++ == 0)
			error = add_serial(revoked, certificate.serial, init->now, reason);
		if (error)
			return error;
	}
	return found ? XICA_OK : ca_change_fail(c, XICA_EDENIED, issuer_id, "the newest root has not signed it");
}

static json_t *revoked_list(const struct ca_change *c, const struct ca_authority *root)
{
	json_t *entry = ca_index_find(c->index, "roots", root->id);
	if (!json_object_get(entry, "revoked") && json_object_set_new(entry, "revoked", json_array()))
		return NULL;
	return json_object_get(entry, "revoked");
}

static int renew(struct ca_change *c, const struct ca_authority *root, const struct ca_init *init, const char *issuer_id, unsigned reason)
{
	cleanup_buf crl = BUF_INIT;
	const char *name;
	json_t *revoked = revoked_list(c, root);
	int error = revoked ? XICA_OK : XICA_ENOMEM;
	if (!error && issuer_id)
		error = revoke(c, root, issuer_id, init, reason, revoked);
	if (!error)
		error = ca_authority_crl(root, revoked, init->now, &crl);
	if (!error)
		error = ca_change_commit(c); // what is revoked stays so, even when the CRL has to be written again
	return error ? error : ca_change_crl(c, root->id, buf_view(&crl), &name);
}

int ca_init_crl(const struct ca_init *init, const char *issuer_id, unsigned reason, struct buf *why)
{
	struct ca_change c;
	struct ca_authority root;
	int error = ca_change_begin(init->dir, false, why, &c);
	if (error)
		return error;
	error = ca_authority_open_root(&c, init, &root);
	if (!error) {
		error = renew(&c, &root, init, issuer_id, reason);
		ca_authority_free(&root);
	}
	ca_change_end(&c);
	return error;
}
