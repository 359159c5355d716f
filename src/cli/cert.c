// xica cert: what was issued, asked of a running xicad. Issuance, renewal and revocation are in cert_issue.c, cert_renew_now.c and cert_revoke.c.
#include "cli/cert.h"

#include <stdio.h>

#include "cli/cli.h"
#include "cli/operator_values.h"
#include "pki/reason.h"

static const char HELP[] =
	"Usage: xica cert list [--serial SERIAL | FILTER...] [--after CURSOR] [--limit N]\n"
	"       xica cert show SERIAL [--pem]\n"
	"       xica cert issue --csr FILE [--name NAME]... [--profile NAME]\n"
	"       xica cert renew-now --serial SERIAL | --name NAME | --account ID | --issuer ID [--explanation URL] [--withdraw]\n"
	"       xica cert revoke --serial SERIAL | --name NAME | --account ID | --key SERIAL [--reason WORD] [--yes]\n"
	"\n"
	"list shows the newest first; filters join: --name, --account, --status, --profile, --since, --until, --expires-before.\n"
	"issue certifies names by the operator's word, without a proof, and prints the chain; the audit log says so. Run it as who started xicad.\n"
	"revoke --key takes every certificate that has the same key as this one. Of more than one, revoke asks first.\n"
	"renew-now tells the clients of these certificates, when they ask (RFC 9773), that it is time to renew: before a revocation of many.\n"
	"\n"
	"  --name NAME     certificates with exactly this name (a domain, *.domain, or an SRVName)\n"
	"  --account ID    certificates of this ACME account\n"
	"  --serial SERIAL one certificate; hexadecimal, as list prints it or with colons\n"
	"  --status WORD   issued, revoked, pending, abandoned\n"
	"  --profile NAME  of list: certificates of this profile; of issue: by it\n"
	"  --since TIME, --until TIME  made at this time or after it; before it. 2026-05-04, or 2026-05-04T03:02:01Z\n"
	"  --expires-before TIME       valid no longer than until then\n"
	"  --csr FILE      the certificate signing request, PEM or DER; - is standard input. Without --name for the names that stand in it\n"
	"  --issuer ID     certificates of this issuer, as list and xica ca show print it\n"
	"  --explanation URL  a page that tells people why, for the clients to show\n"
	"  --withdraw      take it back: they are to be renewed when their time comes\n"
	"  --reason WORD   " PKI_REASON_WORDS ".\n"
	"                  keyCompromise blocks the key for ever, and revokes whatever else has it\n"
	"  --yes           don't ask\n"
	"  --pem           print the certificate\n"
	"  --after CURSOR  the next page: as the list before said\n"
	"  --limit N       how many to list (100)\n" OPERATOR_HELP;

int cert_name(const struct cert_options *options, struct arena *arena, const char **ret_name)
{
	if (options->names.count > 1)
		return cli_usage_error("cert", "--name is given twice: cert %s takes one", options->common.verb->name);
	*ret_name = options->names.count ? operator_name(options->names.list[0], arena) : NULL;
	return options->names.count && !*ret_name ? cli_failed("cert", "out of memory") : CLI_OK;
}

// --- show

static void print_names(const json_t *certificate)
{
	const json_t *name;
	size_t i;
	json_array_foreach(json_object_get(certificate, "names"), i, name)
		printf("%s%s", i ? " " : "", json_string_value(name));
	(void)puts("");
}

static void print_certificate(const json_t *certificate)
{
	printf("Certificate %s: %s\n    names    ", operator_text(certificate, "serial"), operator_text(certificate, "status"));
	print_names(certificate);
	printf("    valid    %s to %s\n", operator_text(certificate, "not_before"), operator_text(certificate, "not_after"));
	if (*operator_text(certificate, "revoked_at"))
		printf("    revoked  %s, %s\n", operator_text(certificate, "revoked_at"), operator_text(certificate, "reason"));
	if (operator_number(certificate, "account"))
		printf("    account  %lld, order %lld\n", operator_number(certificate, "account"), operator_number(certificate, "order"));
	else
		(void)puts("    account  none: it was issued by an operator's word, or is that of xicad's own site");
	printf("    issuer   %s, CRL shard %lld\n", operator_text(certificate, "issuer"), operator_number(certificate, "shard"));
	printf("    profile  %s\n    key      SHA-256 %s\n", operator_text(certificate, "profile"), operator_text(certificate, "spki_sha256"));
}

static void print_pem(const json_t *certificate)
{
	(void)fputs(operator_text(certificate, "pem"), stdout);
}

static json_t *show_question(const char *serial)
{
	return json_pack("{s:s, s:s}", "command", "cert-show", "serial", serial);
}

static int show(const void *command)
{
	const struct cert_options *options = command;
	return operator_show(&options->common, show_question(options->common.operand), options->pem ? print_pem : print_certificate);
}

// --- list

static void print_line(const json_t *certificate)
{
	cleanup_arena arena = ARENA_INIT;
	printf("%-40s %-9s until %s  %-14s ", operator_text(certificate, "serial"), operator_text(certificate, "status"), operator_text(certificate, "not_after"),
	       operator_account(certificate, &arena));
	print_names(certificate);
}

static int list_one(const struct cert_options *options)
{
	json_t *certificate = NULL;
	int code = operator_ask(&options->common, show_question(options->serial), &certificate);
	if (code)
		return code;
	if (options->common.json) {
		json_t *list = json_pack("{s:[O]}", "certificates", certificate);
		operator_print_json(list);
		json_decref(list);
	} else {
		print_line(certificate);
	}
	json_decref(certificate);
	return CLI_OK;
}

static int list(const void *command)
{
	const struct cert_options *options = command;
	cleanup_arena arena = ARENA_INIT;
	const char *name;
	int code = cert_name(options, &arena, &name);
	if (code)
		return code;
	if (options->serial && (options->common.after || options->common.limit || name || options->account || options->status || options->profile || options->since || options->until || options->expires_before))
		return cli_usage_error("cert", "--serial and other properties exclude one another: there is one certificate at most");
	if (options->serial)
		return list_one(options);
	json_t *question = json_pack("{s:s, s:s*, s:s*, s:s*, s:s*, s:s*, s:s*}", "command", "cert-list", "name", name, "status", options->status, "profile",
				     options->profile, "since", options->since, "until", options->until, "expires_before", options->expires_before);
	if (options->account)
		(void)json_object_set_new(question, "account", json_integer(options->account));
	return operator_list(&options->common, question, "certificates", print_line, "There are no such certificates.");
}

static const struct operator_verb VERBS[] = {
	{"list", NULL, "serial name account status profile since until expires-before after limit", list, .after = operator_wants_serial},
	{"show", "SERIAL", "pem", show, .about = operator_wants_serial},
	{"issue", NULL, "csr name profile", cert_verb_issue},
	{"renew-now", NULL, "serial name account issuer explanation withdraw", cert_verb_renew_now},
	{"revoke", NULL, "serial name account key reason yes", cert_verb_revoke},
	{NULL},
};

int cli_cert(int argc, char **argv)
{
	struct cert_options options = {.common = {.command = "cert"}};
	const struct operator_own own[] = {
		{"name", .texts = &options.names, .wants = operator_wants_name}, {"account", .id = &options.account},
		{"serial", .text = &options.serial, .wants = operator_wants_serial}, {"csr", .text = &options.csr},
		{"profile", .text = &options.profile, .wants = operator_wants_something},
		{"status", .text = &options.status, .one_of = "pending issued abandoned revoked"}, {"since", .text = &options.since, .wants = operator_wants_time},
		{"until", .text = &options.until, .wants = operator_wants_time}, {"expires-before", .text = &options.expires_before, .wants = operator_wants_time},
		{"key", .text = &options.key, .wants = operator_wants_serial}, {"reason", .text = &options.reason},
		{"issuer", .text = &options.issuer, .wants = operator_wants_something},
		{"explanation", .text = &options.explanation, .wants = operator_wants_url}, {"withdraw", .flag = &options.withdraw},
		{"yes", .flag = &options.yes}, {"pem", .flag = &options.pem}, {NULL}};
	return operator_run(&options.common, own, VERBS, HELP, argc, argv);
}
