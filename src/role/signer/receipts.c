// Every single name needs its own proof: control of exactly this identifier, or of a domain above it by a receipt that says that it is for the names below; and in either case
// a look at the name's own CAA records for the same method.
#include <string.h>

#include "role/signer/steps.h"

struct proofs { // all receipts of the request, opened
	struct receipt *list;
	size_t count;
};

static bool is_ours(const struct signer_evidence *found, const struct receipt *receipt)
{
	for (size_t i = 0; i < found->thumbprint_count; i++)
		if (memcmp(found->thumbprints[i], receipt->thumbprint, CRYPTO_SHA256_LEN) == 0)
			return true;
	return false;
}

static int open_receipts(struct signer_check *c, struct proofs *proofs)
{
	proofs->list = arena_array(c->arena, c->request->receipt_count, sizeof(*proofs->list));
	if (!proofs->list && c->request->receipt_count)
		return XICA_ENOMEM;
	for (size_t i = 0; i < c->request->receipt_count; i++) {
		struct receipt *receipt = &proofs->list[i];
		int error = receipt_read(c->request->receipts[i], c->policy->receipt_key, receipt);
		if (error == XICA_ESIG || error == XICA_EPARSE)
			return signer_refuse(c, PKI_REFUSAL_RECEIPT_SEAL, NULL);
		if (error)
			return error;
		if (!is_ours(c->found, receipt))
			return signer_refuse(c, PKI_REFUSAL_RECEIPT_ACCOUNT, NULL);
		proofs->count++;
	}
	return XICA_OK;
}

static bool is_listed(const struct signer_evidence *found, const struct pki_identifier *identifier)
{
	for (size_t i = 0; i < found->identifier_count; i++)
		if (pki_identifier_compare(&found->identifiers[i], identifier) == 0)
			return true;
	return false;
}

// Whoever holds the key of the receipts may vouch for names by their word, and for all of a certificate's: there is no order then, and the CSR is there for its key.
static bool is_by_word(const struct proofs *proofs)
{
	for (size_t i = 0; i < proofs->count; i++)
		if (proofs->list[i].method != RECEIPT_OPERATOR)
			return false;
	return proofs->count > 0;
}

// The identifiers that receipts speak of and the CSR asks for. Whether the receipts are worth anything is looked at later, so that
// the answer can say what is wrong with them.
static int list_identifiers(struct signer_check *c, const struct proofs *proofs)
{
	struct signer_evidence *found = c->found;
	found->identifiers = arena_array(c->arena, proofs->count + 1, sizeof(*found->identifiers));
	found->methods = arena_array(c->arena, proofs->count + 1, sizeof(*found->methods));
	if (!found->identifiers || !found->methods)
		return XICA_ENOMEM;
	for (size_t i = 0; i < proofs->count; i++) {
		const struct pki_identifier *identifier = &proofs->list[i].identifier;
		const char *text = pki_identifier_text(identifier, c->arena);
		if (!text)
			return XICA_ENOMEM;
		if ((is_by_word(proofs) || pki_csr_asks(&found->csr, identifier, text)) && !is_listed(found, identifier))
			found->identifiers[found->identifier_count++] = *identifier;
	}
	return XICA_OK;
}

// Is there a receipt for the other of D and *.D where the CSR asks this one?
static bool only_its_wildcard_is_proven(const struct signer_check *c, const struct proofs *proofs)
{
	const struct pki_sans *asked = &c->found->csr.sans;
	for (size_t a = 0; a < asked->count; a++) {
		struct view name = asked->list[a].value;
		bool wildcard = view_starts(name, VIEW_LIT("*."));
		struct pki_identifier is = {PKI_IDENTIFIER_DNS, wildcard ? view_sub(name, 2, SIZE_MAX) : name, wildcard};
		if (asked->list[a].type != PKI_SAN_DNS || is_listed(c->found, &is))
			continue;
		is.wildcard = !wildcard;
		for (size_t i = 0; i < proofs->count; i++)
			if (pki_identifier_compare(&proofs->list[i].identifier, &is) == 0)
				return true;
	}
	return false;
}

static int check_fit(struct signer_check *c, const struct proofs *proofs)
{
	const char *why = NULL;
	int error = (is_by_word(proofs) ? pki_csr_fits_word : pki_csr_fits)(&c->found->csr, c->found->identifiers, c->found->identifier_count, c->arena, &why);
	if (error != XICA_EDENIED)
		return error;
	if (only_its_wildcard_is_proven(c, proofs))
		return signer_refuse(c, PKI_REFUSAL_WILDCARD, NULL);
	return signer_refuse(c, PKI_REFUSAL_NAMES, why);
}

static bool is_fresh(const struct signer_check *c, const struct receipt *receipt)
{
	return c->now < receipt->expires; // of CAA: at most eight hours after the look (validate/receipt.h)
}

static bool is_about(const struct receipt *receipt, enum receipt_kind kind, const struct pki_identifier *identifier)
{
	return receipt->kind == kind && pki_identifier_compare(&receipt->identifier, identifier) == 0;
}

// Control of a domain above (RFC 9444), where it was proven in the zone, and the receipt is for the names below. A wildcard is never covered.
static bool covers(const struct signer_check *c, const struct receipt *receipt, const struct pki_identifier *identifier)
{
	const struct pki_identifier *above = &receipt->identifier;
	bool by_zone = receipt->method == RECEIPT_DNS_01 || receipt->method == RECEIPT_DNS_ACCOUNT_01 || receipt->method == RECEIPT_DNS_PERSIST_01 ||
		       receipt->method == RECEIPT_ASSUMED;
	return c->policy->config->subdomains && receipt->kind == RECEIPT_CONTROL && receipt->subdomains && by_zone && above->type == PKI_IDENTIFIER_DNS &&
	       !above->wildcard && identifier->type == PKI_IDENTIFIER_DNS && !identifier->wildcard && pki_ancestor_covers(above->value, identifier->value);
}

// An operator's own issuance rests on the operator's word, and CAA with it.
static enum pki_refusal find_caa(const struct signer_check *c, const struct proofs *proofs, const struct pki_identifier *identifier,
				 const struct receipt *control)
{
	enum pki_refusal refusal = PKI_REFUSAL_NO_CAA;
	if (control->method == RECEIPT_OPERATOR)
		return PKI_REFUSAL_NONE;
	for (size_t i = 0; i < proofs->count; i++) {
		const struct receipt *receipt = &proofs->list[i];
		if (!is_about(receipt, RECEIPT_CAA, identifier) || receipt->method != control->method)
			continue;
		if (is_fresh(c, receipt))
			return PKI_REFUSAL_NONE;
		refusal = PKI_REFUSAL_CAA_EXPIRED;
	}
	return refusal;
}

static enum pki_refusal find_proof(const struct signer_check *c, const struct proofs *proofs, const struct pki_identifier *identifier,
				   enum receipt_method *ret_method)
{
	enum pki_refusal refusal = PKI_REFUSAL_NO_CONTROL;
	for (size_t i = 0; i < proofs->count; i++) {
		const struct receipt *receipt = &proofs->list[i];
		if (!is_about(receipt, RECEIPT_CONTROL, identifier) && !covers(c, receipt, identifier))
			continue;
		if (!is_fresh(c, receipt)) {
			if (refusal == PKI_REFUSAL_NO_CONTROL)
				refusal = PKI_REFUSAL_RECEIPT_EXPIRED;
			continue;
		}
		if (!config_method_suffices(c->policy->config, c->found->profile, identifier, receipt->method)) {
			refusal = PKI_REFUSAL_METHOD;
			continue;
		}
		refusal = find_caa(c, proofs, identifier, receipt);
		if (refusal == PKI_REFUSAL_NONE) {
			*ret_method = receipt->method;
			return PKI_REFUSAL_NONE;
		}
	}
	return refusal;
}

static int check_each(struct signer_check *c, const struct proofs *proofs)
{
	struct signer_evidence *found = c->found;
	for (size_t i = 0; i < found->identifier_count; i++) {
		enum pki_refusal refusal = find_proof(c, proofs, &found->identifiers[i], &found->methods[i]);
		if (refusal == PKI_REFUSAL_NONE)
			continue;
		const char *name = pki_identifier_text(&found->identifiers[i], c->arena);
		return signer_refuse(c, refusal, name ? arena_printf(c->arena, "%s: %s", name, pki_refusal_text(refusal)) : NULL);
	}
	return XICA_OK;
}

int signer_step_receipts(struct signer_check *check)
{
	struct proofs proofs = {0};
	int error = open_receipts(check, &proofs);
	if (!error)
		error = list_identifiers(check, &proofs);
	if (!error)
		error = check_fit(check, &proofs);
	return error ? error : check_each(check, &proofs);
}
