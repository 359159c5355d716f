#include "role/parent/own.h"

#include "pki/certificate.h"
#include "pki/pem.h"

static bool has_dns_name(struct view alt_names, const char *name)
{
	struct view list;
	if (der_read_only(alt_names, DER_SEQUENCE, &list))
		return false;
	while (list.len) {
		struct der_element element;
		if (der_read_any(&list, &element))
			return false;
		if (element.tag == DER_CONTEXT(2) && view_equal_str(element.content, name)) // dNSName
			return true;
	}
	return false;
}

static bool names_fit(const struct config *config, const struct pki_certificate *leaf)
{
	struct pki_extension alt_names;
	if (pki_extension_find(leaf->extensions, OID_SUBJECT_ALT_NAME, &alt_names))
		return false;
	for (size_t i = 0; i < config->own_name_count; i++)
		if (!has_dns_name(alt_names.value, config->own_names[i]))
			return false;
	return true;
}

static bool key_fits(const struct pki_certificate *leaf, struct view pem)
{
	cleanup_key *key = NULL;
	cleanup_buf spki = BUF_INIT;
	return !crypto_key_from_pem(pem, VIEW_NONE, &key) && !crypto_key_to_spki(key, &spki) && view_equal(buf_view(&spki), leaf->spki);
}

static bool issuer_fits(const struct config *config, const struct pki_certificate *leaf)
{
	cleanup_buf why = BUF_INIT;
	struct ca_dir ca;
	if (ca_dir_read(config->ca_dir, CA_DIR_PUBLIC, &ca, &why))
		return false;
	bool fits = view_equal(ca.issuers[0].key_id, leaf->authority_key_id);
	ca_dir_free(&ca);
	return fits;
}

bool parent_own_is_good(const struct config *config, struct view chain, struct view key, xica_time now)
{
	cleanup_buf der = BUF_INIT;
	struct pki_certificate leaf;
	const char *why;
	if (pem_read(&chain, PEM_CERTIFICATE, &der) || pki_certificate_parse(buf_view(&der), &leaf, &why))
		return false;
	xica_time life = leaf.not_after - leaf.not_before;
	return now >= leaf.not_before && leaf.not_after - now > life / 3 && key_fits(&leaf, key) && names_fit(config, &leaf) &&
	       issuer_fits(config, &leaf);
}
