#include "config/ca_import.h"

#include <string.h>

#include "config/ca_chain.h"
#include "config/ca_change.h"
#include "config/ca_index.h"
#include "pki/build_ca.h"

// --- the request

static int add_subject(const char *name, const char *id, struct buf *out)
{
	cleanup_buf common = BUF_INIT;
	buf_addf(&common, "%s Issuer %.8s", name, id);
	int error = buf_error(&common);
	if (!error)
		pki_build_name(out, view_str(name), buf_view(&common));
	return error ? error : buf_error(out);
}

static int request_new(struct ca_change *c, const struct ca_init *init, struct buf *csr_out)
{
	struct crypto_key *key = NULL;
	cleanup_buf spki = BUF_INIT, subject = BUF_INIT;
	char id[CA_ID_LEN + 1];
	const char *file = NULL;
	struct ca_init named = *init;
	int error = ca_change_names(c, &named);
	if (!error)
		error = crypto_key_generate(init->key_type, init->bits, &key);
	if (!error)
		error = crypto_key_to_spki(key, &spki);
	if (!error)
		error = ca_id(buf_view(&spki), id);
	if (!error)
		error = add_subject(named.name, id, &subject);
	if (!error)
		error = pki_build_ca_csr(key, buf_view(&subject), csr_out);
	if (!error) {
		file = arena_printf(&c->arena, CA_ISSUER_KEY_NAME, id);
		error = file ? ca_change_key(c, file, key, VIEW_NONE) : XICA_ENOMEM;
	}
	if (!error)
		error = ca_change_list(c, "requests", json_pack("{s:s, s:s}", "id", id, "key", file));
	crypto_key_free(key);
	return error;
}

static const char *first_certificate(const json_t *issuer)
{
	return json_string_value(json_array_get(json_array_get(json_object_get(issuer, "chains"), 0), 0));
}

static int request_again(struct ca_change *c, const char *issuer_id, struct buf *csr_out)
{
	const json_t *issuer = ca_index_find(c->index, "issuers", issuer_id);
	struct pki_certificate certificate;
	struct crypto_key *key = NULL;
	struct view der;
	const char *why;
	if (!issuer)
		return ca_change_fail(c, XICA_ENOTFOUND, issuer_id, "there is no such issuer");
	int error = ca_change_read_certificate(c, first_certificate(issuer), &der);
	if (!error)
		error = pki_certificate_parse(der, &certificate, &why);
	if (!error)
		error = ca_change_read_key(c, json_string_value(json_object_get(issuer, "key")), VIEW_NONE, &key);
	if (!error)
		error = pki_build_ca_csr(key, certificate.subject, csr_out);
	crypto_key_free(key);
	return error;
}

int ca_request(const struct ca_init *init, const char *issuer_id, struct buf *csr_out, struct buf *why)
{
	struct ca_change c;
	int error = ca_change_begin(init->dir, true, why, &c);
	if (error)
		return error;
	if (issuer_id) {
		error = request_again(&c, issuer_id, csr_out);
	} else {
		error = request_new(&c, init, csr_out);
		if (!error)
			error = ca_change_commit(&c);
	}
	ca_change_end(&c);
	return error;
}

// --- the import

static int check_key(struct ca_change *c, const json_t *entry, const struct pki_certificate *certificate)
{
	struct crypto_key *key = NULL, *certified = NULL;
	int error = ca_change_read_key(c, json_string_value(json_object_get(entry, "key")), VIEW_NONE, &key);
	if (!error)
		error = crypto_key_from_spki(certificate->spki, &certified);
	if (!error && !crypto_key_equal(key, certified)) {
		buf_add_str(c->why, "The first certificate is for another key than the one that was kept for it.");
		error = XICA_EDENIED;
	}
	crypto_key_free(key);
	crypto_key_free(certified);
	return error;
}

// The chain's file names, without the root's.
static int write_chain(struct ca_change *c, const char *id, const struct ca_chain_parsed *chain, json_t **ret_names)
{
	json_t *names = json_array();
	int error = names ? XICA_OK : XICA_ENOMEM;
	for (size_t i = 0; !error && i + 1 < chain->count; i++) {
		const char *name;
		error = ca_change_certificate(c, i ? "above" : "issuer", id, chain->list[i].der, &name);
		if (!error && json_array_append_new(names, json_string(name)))
			error = XICA_ENOMEM;
	}
	if (error)
		json_decref(names);
	else
		*ret_names = names;
	return error;
}

static int take_request(struct ca_change *c, const char *id, json_t *request, const struct ca_chain_parsed *chain)
{
	json_t *names, *requests = json_object_get(c->index, "requests"), *entry;
	size_t i;
	int error = check_key(c, request, &chain->list[0]);
	if (!error)
		error = write_chain(c, id, chain, &names);
	if (error)
		return error;
	error = ca_change_list(c, "issuers", json_pack("{s:s, s:s, s:[o]}", "id", id, "key",
						       json_string_value(json_object_get(request, "key")), "chains", names));
	if (error)
		return error;
	json_array_foreach(requests, i, entry)
		if (entry == request)
			return json_array_remove(requests, i) ? XICA_ENOMEM : XICA_OK;
	return XICA_OK;
}

// What issuer signs names it by subject and key identifier: all its certificates must have the same ones.
static int check_alike(struct ca_change *c, const json_t *issuer, const struct pki_certificate *another)
{
	struct pki_certificate first;
	struct view der;
	const char *why;
	int error = ca_change_read_certificate(c, first_certificate(issuer), &der);
	if (!error)
		error = pki_certificate_parse(der, &first, &why);
	if (error)
		return error;
	if (!view_equal(first.subject, another->subject)) {
		buf_add_str(c->why, "The certificate has another subject than the one that this issuer has already.");
		return XICA_EDENIED;
	}
	if (!view_equal(first.key_id, another->key_id)) {
		buf_add_str(c->why, "The certificate has another subject key identifier than the one that this issuer has already.");
		return XICA_EDENIED;
	}
	return XICA_OK;
}

static int take_alternate(struct ca_change *c, const char *id, json_t *issuer, const struct ca_chain_parsed *chain, bool make_default)
{
	json_t *names, *chains = json_object_get(issuer, "chains"), *other;
	size_t i;
	int error = check_key(c, issuer, &chain->list[0]);
	if (!error)
		error = check_alike(c, issuer, &chain->list[0]);
	if (!error)
		error = write_chain(c, id, chain, &names);
	if (error)
		return error;
	json_array_foreach(chains, i, other) {
		if (!json_equal(other, names))
			continue;
		if (!make_default) {
			json_decref(names);
			buf_add_str(c->why, "This chain is here already.");
			return XICA_EEXIST;
		}
		(void)json_array_remove(chains, i);
		break;
	}
	return json_array_insert_new(chains, make_default ? 0 : json_array_size(chains), names) ? XICA_ENOMEM : XICA_OK;
}

static int take(struct ca_change *c, const struct ca_chain_parsed *chain, bool make_default)
{
	char id[CA_ID_LEN + 1];
	int error = ca_id(chain->list[0].spki, id);
	if (error)
		return error;
	json_t *request = ca_index_find(c->index, "requests", id), *issuer = ca_index_find(c->index, "issuers", id);
	if (request)
		return take_request(c, id, request, chain);
	if (issuer)
		return take_alternate(c, id, issuer, chain, make_default);
	buf_add_str(c->why, "The first certificate is for a key that is not of this CA: neither a request nor an issuer has it.");
	return XICA_EDENIED;
}

int ca_import(const char *dir, struct view pem, bool make_default, xica_time now, struct buf *why)
{
	struct ca_change c;
	struct ca_chain_parsed chain;
	int error = ca_chain_parse(pem, &chain, why);
	if (error)
		return error;
	error = ca_chain_check(&chain, now, why);
	if (!error)
		error = ca_change_begin(dir, false, why, &c);
	if (!error) {
		error = take(&c, &chain, make_default);
		if (!error)
			error = ca_change_commit(&c);
		ca_change_end(&c);
	}
	ca_chain_free(&chain);
	return error;
}
