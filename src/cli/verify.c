// xica verify: does this chain prove this domain to a client or to another server?
#include <errno.h>
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "cli/cli.h"
#include "pki/peer_chain.h"
#include "pki/pem.h"

enum { FILE_MAX = 1 << 20, CRL_MAX = 64 << 20 };

#define SYSTEM_ROOTS "/etc/ssl/certs/ca-certificates.crt"

static const char HELP[] =
	"Usage: xica verify --domain D --role c2s|s2s [OPTION...] CHAIN\n\n"
	"Says whether the chain of certificates in the file CHAIN (PEM, the server's own first; - is standard input) proves the domain D, and why not.\n"
	"The names are compared as RFC 6120 says: any dNSName, SRVName or XmppAddr may match, a common name never counts.\n\n"
	"  --domain D      the domain of the JID, as people write it or in A-labels\n"
	"  --role c2s      as a client looks at its server\n"
	"  --role s2s      as a server looks at another server, whichever of them connected\n"
	"  --ca-file FILE  the roots that are trusted (PEM); else those of the system\n"
	"  --crl FILE      a revocation list (PEM or DER); may be given several times. With one, each certificate of the chain needs one\n"
	"  --at TIME       judge as of this time, like 2026-05-04T03:02:01Z; else now\n"
	"  --json          print JSON\n\n"
	"Exit code: 0 accept, 1 reject, or a file that can't be read, 2 not understood.";

struct run {
	const char *domain, *chain_file, *ca_file;
	struct buf chain, roots, crls;
	struct pki_peer_question question;
	bool has_role, json;
};

// PEM as it is; DER as PEM with this label. Appends.
static int read_pem(const char *file, const char *label, size_t max, struct buf *out)
{
	cleanup_buf content = BUF_INIT;
	int error = file_read(strcmp(file, "-") ? file : "/dev/stdin", max, &content);
	if (error)
		return cli_failed("verify", "%s: %s", file, error == XICA_ERANGE ? "too long" : strerror(errno));
	struct view bytes = buf_view(&content);
	if (bytes.len && bytes.ptr[0] == 0x30)
		pem_write(out, label, bytes);
	else
		buf_add(out, bytes);
	buf_add_byte(out, '\n');
	return buf_error(out) ? cli_failed("verify", "out of memory") : CLI_OK;
}

static int read_crl(struct run *run, const char *file)
{
	run->question.revocation = true;
	return read_pem(file, PEM_CRL, CRL_MAX, &run->crls);
}

static void print_text(const struct run *run, const struct pki_peer_verdict *verdict)
{
	const struct pki_peer_name *match = verdict->names.match;
	printf("%s: %s\n", run->chain_file, verdict->accepted ? "accept" : "reject");
	if (match)
		printf("  The %s \"%s\" proves %.*s for %s.\n", pki_peer_kind_text(match->kind), match->text, VIEW_FMT(verdict->domain),
		       pki_peer_role_text(run->question.role));
	for (size_t i = 0; i < verdict->reason_count; i++)
		printf("  %s\n", verdict->reasons[i].text);
	if (!run->question.revocation)
		(void)puts("  Whether it is revoked was not looked at: there is no --crl.");
}

static json_t *names_json(const struct pki_peer_names *names)
{
	json_t *list = json_array();
	for (size_t i = 0; i < names->count; i++) {
		const struct pki_peer_name *name = &names->list[i];
		(void)json_array_append_new(list, json_pack("{s:s, s:s, s:b, s:s*}", "kind", pki_peer_kind_text(name->kind), "name", name->text, "proves", !name->why,
							    "why", name->why));
	}
	return list;
}

static json_t *reasons_json(const struct pki_peer_verdict *verdict)
{
	json_t *list = json_array();
	for (size_t i = 0; i < verdict->reason_count; i++)
		(void)json_array_append_new(list, json_pack("{s:s, s:s}", "fault", pki_peer_fault_word(verdict->reasons[i].fault), "text", verdict->reasons[i].text));
	return list;
}

static int print_json(const struct run *run, const struct pki_peer_verdict *verdict)
{
	json_t *json = json_pack("{s:s, s:s, s:s%, s:s, s:b, s:o, s:o}", "file", run->chain_file, "verdict", verdict->accepted ? "accept" : "reject", "domain",
				 verdict->domain.ptr, verdict->domain.len, "role", pki_peer_role_text(run->question.role), "revocation_checked",
				 run->question.revocation, "reasons", reasons_json(verdict), "names", names_json(&verdict->names));
	int failed = !json || json_dumpf(json, stdout, JSON_INDENT(2) | JSON_ENSURE_ASCII);
	(void)putchar('\n');
	json_decref(json);
	return failed ? cli_failed("verify", "cannot write JSON") : CLI_OK;
}

static int judge(struct run *run)
{
	cleanup_arena arena = ARENA_INIT;
	struct pki_peer_verdict verdict;
	const char *why;
	run->question.domain = view_str(run->domain);
	run->question.chain = buf_view(&run->chain);
	run->question.roots = buf_view(&run->roots);
	run->question.crls = buf_view(&run->crls);
	if (!run->question.now)
		run->question.now = clock_now();
	int error = pki_peer_judge(&run->question, &arena, &verdict, &why);
	if (error)
		return cli_failed("verify", "%s", *why ? why : xica_strerror(error));
	int code = CLI_OK;
	if (run->json)
		code = print_json(run, &verdict);
	else
		print_text(run, &verdict);
	return verdict.accepted ? code : CLI_FAILED;
}

static int verify(struct run *run)
{
	cleanup_arena arena = ARENA_INIT;
	struct view domain;
	const char *why;
	if (pki_peer_domain(view_str(run->domain), &arena, &domain, &why))
		return cli_usage_error("verify", "--domain '%s': %s", run->domain, why);
	int code = read_pem(run->chain_file, PEM_CERTIFICATE, FILE_MAX, &run->chain);
	if (!code)
		code = read_pem(run->ca_file ? run->ca_file : SYSTEM_ROOTS, PEM_CERTIFICATE, FILE_MAX, &run->roots);
	return code ? code : judge(run);
}

enum { OPTION_DOMAIN = 256, OPTION_ROLE, OPTION_CA_FILE, OPTION_CRL, OPTION_AT, OPTION_JSON, OPTION_HELP };

static int take_option(struct run *run, int option, char *const *argv)
{
	switch (option) {
	case OPTION_DOMAIN: run->domain = optarg; return CLI_OK;
	case OPTION_CA_FILE: run->ca_file = optarg; return CLI_OK;
	case OPTION_CRL: return read_crl(run, optarg);
	case OPTION_JSON: run->json = true; return CLI_OK;
	case OPTION_ROLE:
		run->has_role = true;
		return pki_peer_role_parse(view_str(optarg), &run->question.role) ? cli_usage_error("verify", "--role is c2s or s2s") : CLI_OK;
	case OPTION_AT:
		return clock_parse_rfc3339(view_str(optarg), &run->question.now) ? cli_usage_error("verify", "--at wants a time like 2026-05-04T03:02:01Z") : CLI_OK;
	default: return cli_option_error("verify", option, argv);
	}
}

static int take_options(struct run *run, int argc, char **argv)
{
	static const struct option OPTIONS[] = {{"domain", required_argument, NULL, OPTION_DOMAIN}, {"role", required_argument, NULL, OPTION_ROLE},
		{"ca-file", required_argument, NULL, OPTION_CA_FILE}, {"crl", required_argument, NULL, OPTION_CRL}, {"at", required_argument, NULL, OPTION_AT},
		{"json", no_argument, NULL, OPTION_JSON}, {"help", no_argument, NULL, OPTION_HELP}, {0}};
	int option;
	opterr = 0;
	while ((option = getopt_long(argc, argv, ":", OPTIONS, NULL)) != -1) {
		if (option == OPTION_HELP) {
			(void)puts(HELP);
			return -1;
		}
		int code = take_option(run, option, argv);
		if (code)
			return code;
	}
	if (!run->domain || !run->has_role)
		return cli_usage_error("verify", "%s is missing", run->domain ? "--role" : "--domain");
	if (optind + 1 != argc)
		return cli_usage_error("verify", optind == argc ? "the chain's file is missing" : "one chain at a time");
	run->chain_file = argv[optind];
	return CLI_OK;
}

int cli_verify(int argc, char **argv)
{
	struct run run = {.chain = BUF_INIT, .roots = BUF_INIT, .crls = BUF_INIT};
	int code = take_options(&run, argc, argv);
	if (!code)
		code = verify(&run);
	buf_free(&run.chain);
	buf_free(&run.roots);
	buf_free(&run.crls);
	return code < 0 ? CLI_OK : code;
}
