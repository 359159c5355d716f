#include "client/chain.h"

#include "pki/pem.h"

enum { NAMES_MAX = 1000, GENERAL_NAME_DNS = 2, GENERAL_NAME_OTHER = 0 };

// --- reading

// OtherName ::= SEQUENCE { type-id, value [0] EXPLICIT }, of which the SRVName is an IA5String (RFC 4985 §2).
static void read_other_name(struct view content, struct client_chain *chain)
{
	struct view oid, explicit, name;
	if (der_read_oid(&content, &oid) || !oid_is(oid, OID_SRV_NAME) || der_read(&content, DER_CONTEXT_CONSTRUCTED(0), &explicit) ||
	    der_read(&explicit, DER_IA5_STRING, &name))
		return;
	chain->srv_names[chain->srv_count++] = name;
}

static int read_names(struct arena *arena, struct client_chain *chain)
{
	struct pki_extension extension;
	struct view names;
	chain->dns_names = arena_array(arena, NAMES_MAX, sizeof(*chain->dns_names));
	chain->srv_names = arena_array(arena, NAMES_MAX, sizeof(*chain->srv_names));
	if (!chain->dns_names || !chain->srv_names)
		return XICA_ENOMEM;
	int error = pki_extension_find(chain->list[0].extensions, OID_SUBJECT_ALT_NAME, &extension);
	if (error)
		return error == XICA_ENOTFOUND ? XICA_OK : error;
	if (der_read_only(extension.value, DER_SEQUENCE, &names))
		return XICA_EPARSE;
	while (names.len && chain->dns_count < NAMES_MAX && chain->srv_count < NAMES_MAX) {
		struct der_element name;
		if (der_read_any(&names, &name))
			return XICA_EPARSE;
		if (name.tag == DER_CONTEXT(GENERAL_NAME_DNS))
			chain->dns_names[chain->dns_count++] = name.content;
		else if (name.tag == DER_CONTEXT_CONSTRUCTED(GENERAL_NAME_OTHER))
			read_other_name(name.content, chain);
	}
	return XICA_OK;
}

static int add_certificate(struct view der, struct arena *arena, struct client_chain *chain, struct client_trouble *trouble)
{
	const char *why = "";
	struct view copy = arena_copy(arena, der);
	if (!copy.ptr)
		return XICA_ENOMEM;
	if (chain->count == CLIENT_CHAIN_MAX)
		return client_trouble_is(trouble, XICA_ERANGE, "the CA's chain has more than %d certificates", CLIENT_CHAIN_MAX);
	if (pki_certificate_parse(copy, &chain->list[chain->count], &why))
		return client_trouble_is(trouble, XICA_EPARSE, "certificate %zu of the CA's chain can't be read: %s", chain->count + 1, why);
	chain->count++;
	return XICA_OK;
}

int client_chain_read(struct view pem, struct arena *arena, struct client_chain *ret_chain, struct client_trouble *trouble)
{
	struct client_chain chain = {.count = 0};
	cleanup_buf der = BUF_INIT;
	int error;
	while (!(error = pem_read(&pem, PEM_CERTIFICATE, &der))) {
		if ((error = add_certificate(buf_view(&der), arena, &chain, trouble)))
			return error;
		buf_clear(&der);
	}
	if (error != XICA_ENOTFOUND || !chain.count)
		return client_trouble_is(trouble, XICA_EPARSE, "what should be a chain of certificates is none");
	if ((error = read_names(arena, &chain)))
		return client_trouble_is(trouble, error, "the certificate's names can't be read");
	*ret_chain = chain;
	return XICA_OK;
}

// --- judging

static bool has(const struct view *list, size_t count, struct view name)
{
	for (size_t i = 0; i < count; i++)
		if (view_equal_nocase(list[i], name))
			return true;
	return false;
}

bool client_chain_names(const struct client_chain *chain, const struct pki_identifier *identifier)
{
	cleanup_arena arena = ARENA_INIT;
	const char *text = pki_identifier_text(identifier, &arena);
	bool srv = identifier->type == PKI_IDENTIFIER_SRV;
	return text && (srv ? has(chain->srv_names, chain->srv_count, view_str(text)) : has(chain->dns_names, chain->dns_count, view_str(text)));
}

static int check_names(const struct client_chain *chain, const struct pki_identifier *names, size_t count, struct client_trouble *trouble)
{
	for (size_t i = 0; i < count; i++)
		if (!client_chain_names(chain, &names[i])) {
			bool srv = names[i].type == PKI_IDENTIFIER_SRV;
			return client_trouble_is(trouble, XICA_EDENIED, "the certificate lacks the name %s%s%.*s", srv ? "_xmpp-server." : "",
						 names[i].wildcard ? "*." : "", VIEW_FMT(names[i].value));
		}
	return XICA_OK;
}

static int check_signatures(const struct client_chain *chain, struct client_trouble *trouble)
{
	for (size_t i = 0; i + 1 < chain->count; i++) {
		int error = pki_certificate_signed_by(&chain->list[i], &chain->list[i + 1]);
		if (error && error != XICA_EUNSUPPORTED)
			return client_trouble_is(trouble, XICA_EDENIED, "the CA's chain does not hold together: certificate %zu is not signed by the one behind it", i + 1);
	}
	return XICA_OK;
}

int client_chain_check(const struct client_chain *chain, const struct crypto_key *key, const struct pki_identifier *names, size_t count,
		       xica_time now, struct client_trouble *trouble)
{
	cleanup_buf spki = BUF_INIT;
	const struct pki_certificate *leaf = &chain->list[0];
	int error = crypto_key_to_spki(key, &spki);
	if (error)
		return error;
	if (!view_equal(buf_view(&spki), leaf->spki))
		return client_trouble_is(trouble, XICA_EDENIED, "the certificate is for another key than ours");
	if (now > leaf->not_after)
		return client_trouble_is(trouble, XICA_EDENIED, "the certificate has ended already: is this machine's clock right?");
	if ((error = check_names(chain, names, count, trouble)))
		return error;
	return check_signatures(chain, trouble);
}

bool client_chain_ends_in(const struct client_chain *chain, const char *common_name)
{
	cleanup_buf issuer = BUF_INIT, wanted = BUF_INIT;
	pki_name_add_text(&issuer, chain->list[chain->count - 1].issuer);
	buf_addf(&wanted, "CN=%s", common_name);
	if (buf_error(&issuer) || buf_error(&wanted) || !view_ends(buf_view(&issuer), buf_view(&wanted)))
		return false;
	return issuer.len == wanted.len || issuer.ptr[issuer.len - wanted.len - 1] == ' ';
}

void client_chain_write_leaf(const struct client_chain *chain, struct buf *out)
{
	pem_write(out, PEM_CERTIFICATE, chain->list[0].der);
}

void client_chain_write_issuers(const struct client_chain *chain, struct buf *out)
{
	for (size_t i = 1; i < chain->count; i++)
		pem_write(out, PEM_CERTIFICATE, chain->list[i].der);
}
