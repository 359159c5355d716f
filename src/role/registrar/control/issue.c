// cert-issue: a certificate by an operator's word. The evidence (a request signed by an account key that was made for it, and receipts of the method "operator") comes from the
// command `xica cert issue`, run by whoever may read the key that seals receipts. This role can't read it: it hands the evidence to the signer, and could make none.
//
// Arguments: "profile", "csr" and "receipts" (base64url; a list), "jws", "jwk" (texts). Answer: "serial", "not_after", "names", "pem" (the certificate and its chain).
#include "base/base64url.h"
#include "pki/pem.h"
#include "role/registrar/control/control.h"
#include "store/block.h"
#include "role/registrar/issue.h"

enum { RECEIPTS_MAX = 200 };

static const char *pem_of(struct issuance *issuance)
{
	const struct ca_issuer *issuer = ca_dir_issuer(&issuance->registrar->ca, issuance->issuer);
	cleanup_buf pem = BUF_INIT;
	pem_write(&pem, PEM_CERTIFICATE, issuance->der);
	for (size_t i = 0; issuer && i < issuer->chains[0].count; i++)
		pem_write(&pem, PEM_CERTIFICATE, issuer->chains[0].certificates[i]);
	return buf_error(&pem) ? NULL : arena_strdup(&issuance->arena, buf_view(&pem));
}

static json_t *names_json(const struct issuance *issuance)
{
	json_t *names = json_array();
	for (size_t i = 0; i < issuance->count; i++)
		(void)json_array_append_new(names, control_json_text(view_str(pki_identifier_text(&issuance->identifiers[i], (struct arena *)&issuance->arena))));
	return names;
}

static void issued(void *context, const struct acme_problem *problem)
{
	struct issuance *issuance = context;
	struct control_command *command = issuance->asker;
	const char *pem = problem ? NULL : pem_of(issuance);
	if (pem)
		command->result = json_pack("{s:o, s:o, s:o, s:s}", "serial", control_json_hex(issuance->serial), "not_after",
					    control_json_time(issuance->cert_not_after), "names", names_json(issuance), "pem", pem);
	if (problem)
		control_answer(command, problem->detail ? problem->detail : acme_problem_name(problem->type));
	else
		control_answer(command, command->result ? NULL : "the certificate is issued, and can't be shown: xica cert list");
}

static int decode(struct issuance *issuance, const json_t *text, struct view *ret_bytes)
{
	cleanup_buf bytes = BUF_INIT;
	int error = json_is_string(text) ? base64url_decode(view_str(json_string_value(text)), &bytes) : XICA_EPARSE;
	if (error)
		return error;
	*ret_bytes = arena_copy(&issuance->arena, buf_view(&bytes));
	return ret_bytes->ptr ? XICA_OK : XICA_ENOMEM;
}

static int take_evidence(struct issuance *issuance, const struct control_command *command)
{
	const json_t *receipts = json_object_get(command->arguments, "receipts");
	struct view list[RECEIPTS_MAX];
	size_t count = json_array_size(receipts);
	issuance->profile = arena_copy(&issuance->arena, control_text(command, "profile"));
	issuance->jws = arena_copy(&issuance->arena, control_text(command, "jws"));
	issuance->jwk = arena_copy(&issuance->arena, control_text(command, "jwk"));
	int error = decode(issuance, json_object_get(command->arguments, "csr"), &issuance->csr);
	if (!error && (!count || count > RECEIPTS_MAX))
		error = XICA_EINVAL;
	for (size_t i = 0; !error && i < count; i++)
		error = decode(issuance, json_array_get(receipts, i), &list[i]);
	return error ? error : issuance_take_receipts(issuance, list, count);
}

// An operator's word for a name doesn't outweigh an operator's block of it. What isn't a receipt at all is told by the way that follows.
static int refuse_blocked(struct store_txn *txn, struct control_command *command, const json_t *text)
{
	cleanup_buf bytes = BUF_INIT;
	struct receipt receipt;
	bool covers = false;
	if (!json_is_string(text) || base64url_decode(view_str(json_string_value(text)), &bytes) || receipt_peek(buf_view(&bytes), &receipt))
		return XICA_OK;
	int error = store_block_covers(txn, receipt.identifier.value, receipt.identifier.wildcard, &covers);
	if (error || !covers)
		return error;
	const char *name = pki_identifier_text(&receipt.identifier, &command->arena);
	return control_fail(command, XICA_EDENIED, arena_printf(&command->arena, "%s is blocked, or a name above it is, or one that it would cover (xica block list): unblock that first", name));
}

static int check_names(struct store_txn *txn, void *context)
{
	struct control_command *command = context;
	const json_t *text;
	size_t i;
	int error = XICA_OK;
	json_array_foreach(json_object_get(command->arguments, "receipts"), i, text)
		if (!error)
			error = refuse_blocked(txn, command, text);
	return error;
}

static void cert_issue(struct control_command *command)
{
	struct issuance *issuance = issuance_new(command->registrar, issued, NULL);
	if (!issuance) {
		control_answer(command, "out of memory");
		return;
	}
	issuance->context = issuance;
	issuance->asker = command;
	if (take_evidence(issuance, command))
		issuance_fail(issuance, ACME_SERVER_INTERNAL, "the evidence can't be read");
	else
		issuance_prepare(issuance);
}

const struct control_verb registrar_control_issue[] = {
	{"cert-issue", CONTROL_LOCAL_ACT, check_names, NULL, cert_issue},
	{NULL},
};
