// xica cert issue: a certificate by the operator's word, for a request of somebody's. Whoever may read the key that seals receipts writes them here, as the validator does after
// a proof; xicad's registrar, which can't, hands them to the signer, which believes them as it believes every receipt.
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/base64url.h"
#include "base/file.h"
#include "cli/cert.h"
#include "cli/cli.h"
#include "cli/place.h"
#include "config/config.h"
#include "pki/csr.h"
#include "pki/pem.h"
#include "role/operator_evidence.h"

enum { FILE_MAX = 1 << 20 };

struct issue {
	const struct cert_options *options;
	struct arena arena;
	struct buf csr, receipt_key;
	const char *url;          // of the CA's site, as the running xicad says
	const char **names;
	size_t name_count;
};

// --- what is asked for

static int read_csr(struct issue *issue)
{
	cleanup_buf text = BUF_INIT;
	const char *file = issue->options->csr;
	if (file_read(strcmp(file, "-") ? file : "/dev/stdin", FILE_MAX, &text))
		return cli_failed("cert", "%s: %s", file, strerror(errno));
	struct view bytes = buf_view(&text);
	if (bytes.len && bytes.ptr[0] == 0x30)
		buf_add(&issue->csr, bytes);
	else if (pem_read(&bytes, "CERTIFICATE REQUEST", &issue->csr))
		return cli_failed("cert", "%s: there is no certificate signing request in it", file);
	return CLI_OK;
}

// Those of --name, or those that the request itself names.
static int find_names(struct issue *issue)
{
	struct pki_csr csr;
	const char *why = "";
	if (pki_csr_parse(buf_view(&issue->csr), &issue->arena, &csr, &why))
		return cli_failed("cert", "%s: %s", issue->options->csr, why);
	issue->names = arena_array(&issue->arena, csr.sans.count + issue->options->names.count + 1, sizeof(*issue->names));
	if (!issue->names)
		return cli_failed("cert", "out of memory");
	for (size_t i = 0; i < issue->options->names.count; i++) {
		const char *name = operator_name(issue->options->names.list[i], &issue->arena);
		if (!name)
			return cli_failed("cert", "out of memory");
		issue->names[issue->name_count++] = name;
	}
	for (size_t i = 0; !issue->options->names.count && i < csr.sans.count; i++)
		if (csr.sans.list[i].type == PKI_SAN_DNS)
			issue->names[issue->name_count++] = arena_strdup(&issue->arena, csr.sans.list[i].value);
	return issue->name_count ? CLI_OK : cli_usage_error("cert", "for which names? The request has none: --name");
}

// --- by what right

static int read_key(struct issue *issue, const struct config *config)
{
	if (!file_read(config->receipt_key, RECEIPT_KEY_LEN, &issue->receipt_key) && issue->receipt_key.len == RECEIPT_KEY_LEN)
		return CLI_OK;
	return cli_failed("cert", "%s can't be read: %s. Only who may read it can vouch for names: run this as root, or as the user that started xicad", config->receipt_key,
			  strerror(errno));
}

static int ask_url(struct issue *issue)
{
	json_t *health = NULL;
	int code = operator_ask(&issue->options->common, json_pack("{s:s}", "command", "health"), &health);
	if (!code)
		issue->url = arena_strdup(&issue->arena, view_str(operator_text(health, "url")));
	json_decref(health);
	return code;
}

static json_t *base64url_json(struct view bytes)
{
	cleanup_buf text = BUF_INIT;
	base64url_encode(&text, bytes);
	return json_string(buf_cstr(&text));
}

static json_t *make_question(struct issue *issue, const struct config *config)
{
	const struct pki_profile *profile = config_profile(config, view_str(issue->options->profile));
	const struct operator_evidence evidence = {.profile = profile->name, .names = issue->names, .name_count = issue->name_count,
		.csr = buf_view(&issue->csr), .service = profile->srv_only, .receipt_key = buf_view(&issue->receipt_key), .url = issue->url, .now = clock_now()};
	struct operator_made made;
	if (operator_evidence_make(&evidence, &issue->arena, &made))
		return NULL;
	json_t *receipts = json_array();
	for (size_t i = 0; i < made.receipt_count; i++)
		(void)json_array_append_new(receipts, base64url_json(made.receipts[i]));
	return json_pack("{s:s, s:s, s:o, s:s%, s:s%, s:o}", "command", "cert-issue", "profile", profile->name, "csr", base64url_json(made.csr), "jws",
			 (const char *)made.jws.ptr, made.jws.len, "jwk", (const char *)made.jwk.ptr, made.jwk.len, "receipts", receipts);
}

// --- all of it

static void print_issued(const json_t *answer)
{
	(void)fputs(operator_text(answer, "pem"), stdout);
	fprintf(stderr, "Issued: %s, until %s.\n", operator_text(answer, "serial"), operator_text(answer, "not_after"));
}

// What a registrar that ended in the middle leaves behind, it completes when it is back (docs/architecture.md): a certificate that was signed is recorded, one that was not never is.
static int tell_unanswered(const struct issue *issue)
{
	return cli_failed("cert", "a certificate may have been issued all the same. 'xica cert list --name %s' shows it once xicad is back: as issued ('xica cert show SERIAL --pem' prints "
			  "it), or as abandoned; while it says pending, that is being found out. Where there is none that is issued, run this again",
			  issue->names[0]);
}

static int ask(const struct issue *issue, json_t *question)
{
	const struct operator_options *common = &issue->options->common;
	cleanup_buf why = BUF_INIT;
	json_t *answer = NULL;
	int error = operator_try(common, question, &answer, &why);
	if (error) {
		int code = cli_failed("cert", "%s", why.len ? buf_cstr(&why) : xica_strerror(error));
		return error == XICA_ECLOSED ? tell_unanswered(issue) : code;
	}
	if (common->json)
		operator_print_json(answer);
	else
		print_issued(answer);
	json_decref(answer);
	return CLI_OK;
}

static int run(struct issue *issue, const struct config *config)
{
	int code = read_csr(issue);
	if (!code)
		code = find_names(issue);
	if (!code && !config_profile(config, view_str(issue->options->profile)))
		code = cli_usage_error("cert", "there is no profile '%s'", issue->options->profile);
	if (!code)
		code = read_key(issue, config);
	if (!code)
		code = ask_url(issue);
	return code ? code : ask(issue, make_question(issue, config));
}

int cert_verb_issue(const void *command)
{
	const struct cert_options *options = command;
	struct issue issue = {.options = options, .csr = BUF_INIT, .receipt_key = BUF_INIT};
	cleanup_buf why = BUF_INIT;
	struct config config;
	if (!options->csr)
		return cli_usage_error("cert", "--csr is missing: the file with the certificate signing request");
	if (cli_place_config(options->common.dev_dir, options->common.config_file, &config, &why))
		return cli_failed("cert", "%s", buf_cstr(&why));
	int code = run(&issue, &config);
	buf_wipe(&issue.receipt_key);
	buf_free(&issue.csr);
	arena_free(&issue.arena);
	config_free(&config);
	return code;
}
