#include "pki/peer_chain.h"

#include "pki/pem.h"

enum { NAMES_TOLD = 6 };

struct list {
	struct view *items; // DER, in arena
	size_t count;
};

static const char *const WORDS[] = {
	[PKI_PEER_MALFORMED] = "malformed",
	[PKI_PEER_NAME] = "name",
	[PKI_PEER_PURPOSE] = "purpose",
	[PKI_PEER_UNTRUSTED] = "untrusted",
	[PKI_PEER_NOT_YET_VALID] = "not-yet-valid",
	[PKI_PEER_EXPIRED] = "expired",
	[PKI_PEER_REVOKED] = "revoked",
	[PKI_PEER_NO_STATUS] = "no-status",
	[PKI_PEER_WEAK] = "weak",
	[PKI_PEER_INVALID] = "invalid",
};

const char *pki_peer_fault_word(enum pki_peer_fault fault)
{
	return WORDS[fault];
}

static enum pki_peer_fault fault_of(enum crypto_chain_fault fault)
{
	switch (fault) {
	case CRYPTO_CHAIN_OK:
	case CRYPTO_CHAIN_INVALID: break;
	case CRYPTO_CHAIN_MALFORMED: return PKI_PEER_MALFORMED;
	case CRYPTO_CHAIN_UNTRUSTED: return PKI_PEER_UNTRUSTED;
	case CRYPTO_CHAIN_NOT_YET_VALID: return PKI_PEER_NOT_YET_VALID;
	case CRYPTO_CHAIN_EXPIRED: return PKI_PEER_EXPIRED;
	case CRYPTO_CHAIN_REVOKED: return PKI_PEER_REVOKED;
	case CRYPTO_CHAIN_NO_STATUS: return PKI_PEER_NO_STATUS;
	case CRYPTO_CHAIN_WEAK: return PKI_PEER_WEAK;
	}
	return PKI_PEER_INVALID;
}

// --- reading

// All blocks with this label, as far as max and one more. XICA_EPARSE: one is broken.
static int read_list(struct view pem, const char *label, size_t max, struct arena *arena, struct list *ret_list)
{
	struct list list = {arena_array(arena, max + 1, sizeof(*list.items)), 0};
	cleanup_buf der = BUF_INIT;
	if (!list.items)
		return XICA_ENOMEM;
	while (list.count <= max) {
		buf_clear(&der);
		int error = pem_read(&pem, label, &der);
		if (error == XICA_ENOTFOUND)
			break;
		if (error)
			return error;
		list.items[list.count] = arena_copy(arena, buf_view(&der));
		if (!list.items[list.count++].ptr)
			return XICA_ENOMEM;
	}
	*ret_list = list;
	return XICA_OK;
}

static int read_trusted(const struct pki_peer_question *question, struct arena *arena, struct list *roots, struct list *crls, const char **ret_why)
{
	int error = read_list(question->roots, PEM_CERTIFICATE, CRYPTO_CHAIN_ROOTS_MAX, arena, roots);
	*ret_why = "the roots hold broken PEM";
	if (!error && roots->count > CRYPTO_CHAIN_ROOTS_MAX)
		error = XICA_ERANGE;
	if (error)
		return error;
	error = read_list(question->crls, PEM_CRL, CRYPTO_CHAIN_CRLS_MAX, arena, crls);
	*ret_why = "the revocation lists hold broken PEM";
	return !error && crls->count > CRYPTO_CHAIN_CRLS_MAX ? XICA_ERANGE : error;
}

// --- reasons

// text is in arena, or NULL without memory.
static int add_reason(struct pki_peer_verdict *verdict, enum pki_peer_fault fault, const char *text)
{
	if (!text)
		return XICA_ENOMEM;
	if (verdict->reason_count < PKI_PEER_REASONS_MAX)
		verdict->reasons[verdict->reason_count++] = (struct pki_peer_reason){fault, text};
	return XICA_OK;
}

// Which certificate a clause speaks of: "The certificate", or the CA's by its name.
static void add_subject(struct buf *out, struct view der, struct view leaf)
{
	struct pki_certificate certificate;
	const char *why;
	if (!der.len || view_equal(der, leaf) || pki_certificate_parse(der, &certificate, &why)) {
		buf_add_str(out, "The certificate");
		return;
	}
	buf_add_str(out, "The CA's certificate \"");
	pki_name_add_text(out, certificate.subject);
	buf_add_byte(out, '"');
}

static int add_clause(struct pki_peer_verdict *verdict, enum pki_peer_fault fault, struct view der, struct view leaf, const char *clause, struct arena *arena)
{
	cleanup_buf text = BUF_INIT;
	struct pki_certificate certificate;
	const char *why;
	add_subject(&text, der, leaf);
	buf_addf(&text, " %s", clause);
	bool dated = fault == PKI_PEER_EXPIRED || fault == PKI_PEER_NOT_YET_VALID;
	if (dated && !pki_certificate_parse(der, &certificate, &why)) {
		buf_add_str(&text, fault == PKI_PEER_EXPIRED ? ": it was good until " : ": it is good from ");
		clock_add_rfc3339(&text, fault == PKI_PEER_EXPIRED ? certificate.not_after : certificate.not_before);
		buf_add_str(&text, fault == PKI_PEER_EXPIRED ? "" : " on");
	}
	buf_add_byte(&text, '.');
	if (buf_error(&text))
		return XICA_ENOMEM;
	return add_reason(verdict, fault, arena_strdup(arena, buf_view(&text)));
}

static int add_name_reason(const struct pki_peer_question *question, struct pki_peer_verdict *verdict, struct arena *arena)
{
	const struct pki_peer_names *names = &verdict->names;
	cleanup_buf text = BUF_INIT;
	if (names->count)
		buf_addf(&text, "None of its names proves %.*s for %s: ", VIEW_FMT(verdict->domain), pki_peer_role_text(question->role));
	else
		buf_add_str(&text, "It has no dNSName, SRVName or XmppAddr");
	for (size_t i = 0; i < names->count && i < NAMES_TOLD; i++)
		buf_addf(&text, "%sthe %s \"%s\" %s", i ? "; " : "", pki_peer_kind_text(names->list[i].kind), names->list[i].text, names->list[i].why);
	if (names->count > NAMES_TOLD)
		buf_addf(&text, "; and so on with %zu more", names->count - NAMES_TOLD);
	if (names->common_name)
		buf_add_str(&text, names->count ? "; its common name is the domain, and is no identifier" : ", and its common name is no identifier");
	buf_add_byte(&text, '.');
	if (buf_error(&text))
		return XICA_ENOMEM;
	return add_reason(verdict, PKI_PEER_NAME, arena_strdup(arena, buf_view(&text)));
}

// --- judging

static int judge_names(const struct pki_certificate *leaf, const struct pki_peer_question *question, struct arena *arena, struct pki_peer_verdict *verdict)
{
	int error = pki_peer_names(leaf, verdict->domain, question->role, arena, &verdict->names);
	if (error == XICA_EPARSE)
		return add_reason(verdict, PKI_PEER_MALFORMED, "The certificate's subjectAltName is malformed.");
	if (error || verdict->names.match)
		return error;
	return add_name_reason(question, verdict, arena);
}

static int judge_purpose(struct view der, struct view leaf, const struct pki_peer_question *question, struct arena *arena, struct pki_peer_verdict *verdict)
{
	const uint32_t TLS_USAGES = PKI_USAGE_DIGITAL_SIGNATURE | PKI_USAGE_KEY_ENCIPHERMENT | PKI_USAGE_KEY_AGREEMENT;
	struct pki_certificate certificate;
	const char *why = "cannot be read";
	if (pki_certificate_parse(der, &certificate, &why))
		return add_clause(verdict, PKI_PEER_MALFORMED, der, leaf, "cannot be read", arena);
	int error = pki_peer_purpose(&certificate, question->role, &why);
	if (error == XICA_EPARSE)
		return add_clause(verdict, PKI_PEER_MALFORMED, der, leaf, "has a malformed extended key usage", arena);
	if (error)
		return add_clause(verdict, PKI_PEER_PURPOSE, der, leaf, why, arena);
	if (view_equal(der, leaf) && certificate.has_key_usage && !(certificate.key_usage & TLS_USAGES))
		return add_clause(verdict, PKI_PEER_PURPOSE, der, leaf, "has a key usage that permits no TLS", arena);
	return XICA_OK;
}

// The CAs between the certificate and the root: one that may issue for other purposes alone can't issue this.
static int judge_issuers(const struct pki_peer_question *question, struct arena *arena, struct pki_peer_verdict *verdict)
{
	int error = XICA_OK;
	for (size_t i = 1; !error && i + 1 < verdict->path_count; i++)
		error = judge_purpose(verdict->path[i], verdict->path[0], question, arena, verdict);
	return error;
}

static int judge_chain(const struct list *chain, const struct list *roots, const struct list *crls, const struct pki_peer_question *question,
		       struct arena *arena, struct pki_peer_verdict *verdict, const char **ret_why)
{
	struct crypto_chain_question ask = {chain->items, chain->count, roots->items, roots->count, crls->items, crls->count,
		question->revocation || crls->count, question->now};
	struct crypto_chain_verdict found;
	int error = crypto_chain_check(&ask, arena, &found);
	if (error == XICA_EPARSE)
		*ret_why = "a root or a revocation list cannot be read";
	if (error)
		return error;
	verdict->path = found.path;
	verdict->path_count = found.path_count;
	if (found.fault)
		error = add_clause(verdict, fault_of(found.fault), found.at, chain->items[0], found.text, arena);
	return error ? error : judge_issuers(question, arena, verdict);
}

// What the certificate itself says, before anybody looks who signed it.
static int judge_leaf(struct view der, const struct pki_peer_question *question, struct arena *arena, struct pki_peer_verdict *verdict)
{
	struct pki_certificate leaf;
	const char *why;
	if (pki_certificate_parse(der, &leaf, &why))
		return add_reason(verdict, PKI_PEER_MALFORMED, arena_printf(arena, "The certificate cannot be read: %s.", why));
	int error = judge_names(&leaf, question, arena, verdict);
	return error ? error : judge_purpose(der, der, question, arena, verdict);
}

static int judge(const struct pki_peer_question *question, struct arena *arena, struct pki_peer_verdict *verdict, const char **ret_why)
{
	struct list chain, roots, crls;
	int error = pki_peer_domain(question->domain, arena, &verdict->domain, ret_why);
	if (!error)
		error = read_trusted(question, arena, &roots, &crls, ret_why);
	if (error)
		return error;
	error = read_list(question->chain, PEM_CERTIFICATE, CRYPTO_CHAIN_MAX, arena, &chain);
	if (error == XICA_EPARSE)
		return add_reason(verdict, PKI_PEER_MALFORMED, "The chain is broken PEM.");
	if (!error && !chain.count)
		return add_reason(verdict, PKI_PEER_MALFORMED, "There is no certificate.");
	if (!error)
		error = judge_leaf(chain.items[0], question, arena, verdict);
	return error ? error : judge_chain(&chain, &roots, &crls, question, arena, verdict, ret_why);
}

int pki_peer_judge(const struct pki_peer_question *question, struct arena *arena, struct pki_peer_verdict *ret_verdict, const char **ret_why)
{
	struct pki_peer_verdict verdict = {0};
	*ret_why = "";
	int error = judge(question, arena, &verdict, ret_why);
	if (error)
		return error;
	verdict.accepted = !verdict.reason_count && verdict.names.match && verdict.path_count;
	*ret_verdict = verdict;
	return XICA_OK;
}
