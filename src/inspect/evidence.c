#include "inspect/evidence.h"

#include <string.h>

#include "base/base64url.h"
#include "inspect/names.h"
#include "jose/jws.h"
#include "pki/csr.h"
#include "validate/receipt.h"

// The signer believes first and signs within a minute (role/signer/tokens.h); clocks of two machines may differ by some more.
enum { SIGNING_TIME = 5 * XICA_MINUTE, CLOCK_SLACK = 5 * XICA_MINUTE, KEYS_MAX = 65 };

struct inspection {
	const struct inspect_issue *issue;
	const struct pki_certificate *certificate;
	const struct inspect_seals *seals;
	struct inspect_subject *subject;
	struct arena *arena;
	struct inspect_asked *asked;
	uint8_t keys[KEYS_MAX][CRYPTO_SHA256_LEN]; // thumbprints of this account
	size_t key_count;
	struct receipt *receipts;
	size_t receipt_count;
};

// --- the finalize request and its CSR

static void check_csr(struct inspection *in, struct view der)
{
	struct pki_csr csr;
	struct crypto_key *key = NULL;
	const char *why = "";
	if (pki_csr_parse(der, in->arena, &csr, &why)) {
		inspect_say(in->subject, "csr", "the CSR in the finalize request can't be read: %s", why);
		return;
	}
	if (!view_equal(csr.spki, in->certificate->spki))
		inspect_say(in->subject, "csr", "the certificate's key is not the one of the CSR that the account signed");
	if (pki_csr_verify(&csr, &key))
		inspect_say(in->subject, "csr", "the CSR is not signed by its key");
	crypto_key_free(key);
}

static void check_payload(struct inspection *in, struct view payload)
{
	cleanup_buf der = BUF_INIT;
	json_t *json = jose_json_parse(payload);
	const char *text = json_string_value(json_object_get(json, "csr"));
	if (!text || base64url_decode(view_str(text), &der))
		inspect_say(in->subject, "finalize", "the finalize request holds no CSR");
	else
		check_csr(in, buf_view(&der));
	json_decref(json);
}

static void read_asked(const struct jws *jws, struct inspect_subject *subject, struct inspect_asked *asked)
{
	if (jws->has_jwk || inspect_account_of(jws->kid, &asked->account) || inspect_order_of(jws->url, &asked->order))
		inspect_say(subject, "finalize", "the finalize request names no account or no order");
}

static void check_request(struct inspection *in, const struct jws *jws, const struct jwk *key)
{
	if (jws_verify(jws, key->key))
		inspect_say(in->subject, "finalize", "the finalize request is not signed by the account's key");
	read_asked(jws, in->subject, in->asked);
	check_payload(in, jws->payload);
}

int inspect_evidence_asked(const struct inspect_issue *issue, struct inspect_subject *subject, struct arena *arena, struct inspect_asked *ret_asked)
{
	struct inspect_asked asked = {0};
	struct jws jws;
	enum jws_fault fault;
	int error = jws_parse(issue->finalize, arena, &jws, &fault);
	if (error == XICA_ENOMEM)
		return error;
	if (error) {
		inspect_say(subject, "finalize", "the finalize request can't be read: %s", jws_fault_text(fault));
	} else {
		read_asked(&jws, subject, &asked);
		jws_free(&jws);
	}
	*ret_asked = asked;
	return XICA_OK;
}

static int check_finalize(struct inspection *in)
{
	struct jws jws;
	struct jwk key;
	enum jws_fault fault;
	int error = jwk_parse_text(in->issue->account_key, &key);
	if (error == XICA_ENOMEM)
		return error;
	if (error) {
		inspect_say(in->subject, "account-key", "the account's key can't be read");
		return XICA_OK;
	}
	if (memcmp(key.thumbprint, in->issue->account, CRYPTO_SHA256_LEN) != 0)
		inspect_say(in->subject, "account-key", "the account's key is not the one whose thumbprint the line names");
	memcpy(in->keys[in->key_count++], key.thumbprint, CRYPTO_SHA256_LEN);
	error = jws_parse(in->issue->finalize, in->arena, &jws, &fault);
	if (!error) {
		check_request(in, &jws, &key);
		jws_free(&jws);
	} else if (error != XICA_ENOMEM) {
		inspect_say(in->subject, "finalize", "the finalize request can't be read: %s", jws_fault_text(fault));
	}
	jwk_free(&key);
	return error == XICA_ENOMEM ? error : XICA_OK;
}

// --- older keys of the account: each request must lead from the key that is known to an older one

static int check_key_changes(struct inspection *in)
{
	for (size_t i = 0; i < in->issue->key_change_count && in->key_count && in->key_count < KEYS_MAX; i++) {
		uint8_t old[CRYPTO_SHA256_LEN], new[CRYPTO_SHA256_LEN];
		int error = inspect_key_change(in->issue->key_changes[i], in->arena, old, new);
		if (error == XICA_ENOMEM)
			return error;
		if (error || memcmp(new, in->keys[in->key_count - 1], sizeof(new)) != 0) {
			inspect_say(in->subject, "key-change", "the %zu. change of the account's key is not signed by both keys, or leads to another key", i + 1);
			return XICA_OK;
		}
		memcpy(in->keys[in->key_count++], old, sizeof(old));
	}
	return XICA_OK;
}

// --- receipts

static bool is_this_accounts(const struct inspection *in, const struct receipt *receipt)
{
	for (size_t i = 0; i < in->key_count; i++)
		if (memcmp(in->keys[i], receipt->thumbprint, CRYPTO_SHA256_LEN) == 0)
			return true;
	return false;
}

static int open_receipts(struct inspection *in)
{
	in->receipts = arena_array(in->arena, in->issue->receipt_count + 1, sizeof(*in->receipts));
	if (!in->receipts)
		return XICA_ENOMEM;
	for (size_t i = 0; i < in->issue->receipt_count; i++) {
		struct receipt *receipt = &in->receipts[in->receipt_count];
		struct view bytes = in->issue->receipts[i];
		int error = in->seals->key.len ? receipt_read(bytes, in->seals->key, receipt) : receipt_peek(bytes, receipt);
		if (error == XICA_ESIG || error == XICA_EPARSE)
			inspect_say(in->subject, "receipt-seal", "a receipt is not sealed by the validator's key, or can't be read");
		else if (error)
			return error;
		else if (!is_this_accounts(in, receipt))
			inspect_say(in->subject, "receipt-account", "a receipt is of another account");
		else
			in->receipt_count++;
	}
	return XICA_OK;
}

static bool was_good(const struct inspection *in, const struct receipt *receipt)
{
	xica_time then = in->issue->checked;
	return receipt->seen <= then + CLOCK_SLACK && then < receipt->expires &&
	       (receipt->kind != RECEIPT_CAA || then - receipt->seen <= RECEIPT_CAA_LIFETIME);
}

// The name's own CAA records were looked at for this method. NULL: so they were; else a word for what is wrong.
static const char *caa_fault(const struct inspection *in, const struct pki_san *name, const struct receipt *control)
{
	const char *fault = "caa-missing";
	for (size_t i = 0; i < in->receipt_count; i++) {
		const struct receipt *receipt = &in->receipts[i];
		if (receipt->kind != RECEIPT_CAA || receipt->method != control->method || !inspect_name_needs(name, &receipt->identifier))
			continue;
		if (was_good(in, receipt))
			return NULL;
		fault = "caa-old";
	}
	return fault;
}

static bool stands_for(const struct receipt *receipt, const struct pki_san *name)
{
	bool by_zone = receipt->method == RECEIPT_DNS_01 || receipt->method == RECEIPT_DNS_ACCOUNT_01 || receipt->method == RECEIPT_DNS_PERSIST_01 ||
		       receipt->method == RECEIPT_ASSUMED;
	return inspect_name_needs(name, &receipt->identifier) || (receipt->subdomains && by_zone && inspect_name_is_below(name, &receipt->identifier));
}

static const char *name_fault(const struct inspection *in, const struct pki_san *name)
{
	const char *fault = "receipt-missing";
	for (size_t i = 0; i < in->receipt_count; i++) {
		const struct receipt *receipt = &in->receipts[i];
		if (receipt->kind != RECEIPT_CONTROL || !stands_for(receipt, name))
			continue;
		if (!was_good(in, receipt)) {
			fault = "receipt-expired";
			continue;
		}
		fault = receipt->method == RECEIPT_OPERATOR ? NULL : caa_fault(in, name, receipt);
		if (!fault)
			return NULL;
	}
	return fault;
}

static const char *sentence(const char *fault)
{
	static const struct {
		const char *code, *text;
	} SENTENCES[] = {
		{"receipt-missing", "no receipt says that the account proved this name"},
		{"receipt-expired", "the receipt for this name was not good at the time"},
		{"caa-missing", "no receipt says that CAA records allowed this name"},
		{"caa-old", "the CAA records of this name were looked at more than eight hours before"},
	};
	for (size_t i = 0; i < sizeof(SENTENCES) / sizeof(SENTENCES[0]); i++)
		if (!strcmp(fault, SENTENCES[i].code))
			return SENTENCES[i].text;
	return fault;
}

static void check_names(struct inspection *in, const struct pki_sans *names)
{
	for (size_t i = 0; i < names->count; i++) {
		const char *fault = name_fault(in, &names->list[i]);
		if (fault)
			inspect_say(in->subject, fault, "%.*s: %s", VIEW_FMT(names->list[i].value), sentence(fault));
	}
}

int inspect_evidence(const struct inspect_issue *issue, const struct pki_certificate *certificate, const struct pki_sans *names, const struct inspect_seals *seals,
		     struct inspect_subject *subject, struct arena *arena, struct inspect_asked *ret_asked, size_t *ret_receipts)
{
	struct inspect_asked asked = {0};
	struct inspection *in = arena_alloc(arena, sizeof(*in));
	if (!in)
		return XICA_ENOMEM;
	*in = (struct inspection){.issue = issue, .certificate = certificate, .seals = seals, .subject = subject, .arena = arena, .asked = &asked};
	if (issue->time < issue->checked || issue->time - issue->checked > SIGNING_TIME)
		inspect_say(subject, "time", "it was not signed within minutes of the check of its evidence");
	int error = check_finalize(in);
	if (!error)
		error = check_key_changes(in);
	if (!error)
		error = open_receipts(in);
	if (error)
		return error;
	check_names(in, names);
	*ret_asked = asked;
	*ret_receipts = issue->receipt_count;
	return XICA_OK;
}
