// xica lint: does this certificate keep the rules?
#include <errno.h>
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "cli/cli.h"
#include "config/builtin.h"
#include "pki/lint.h"
#include "pki/pem.h"

enum { FILE_MAX = 1 << 20 };

static const char HELP[] =
	"Usage: xica lint [OPTION...] FILE...\n\n"
	"Reads certificates (PEM, also several in one file, or DER; - is standard input) and names each rule that one breaks.\n\n"
	"  --profile NAME  the first certificate of each file must be what this profile of xica issues\n"
	"  --ca            judge it as the certificate of a CA (without: where it looks like one)\n"
	"  --json          print JSON\n"
	"  --rules         print all rules and read nothing\n\n"
	"Exit code: 0 no errors (warnings may be), 1 errors or an unreadable file, 2 not understood.";

struct run {
	const struct pki_profile *profile;
	bool ca;
	json_t *json; // where asked for: the array that becomes the output
	bool failed;
};

static const char *severity_text(enum pki_lint_severity severity)
{
	switch (severity) {
	case PKI_LINT_ERROR: return "error";
	case PKI_LINT_WARNING: return "warning";
	}
	return "error";
}

static void print_findings(const char *name, const struct pki_findings *findings)
{
	if (!findings->count)
		printf("%s: ok\n", name);
	for (size_t i = 0; i < findings->count; i++) {
		const struct pki_finding *finding = &findings->list[i];
		printf("%s: %s %s: %s%s%s (%s)\n", name, severity_text(finding->rule->severity), finding->rule->id, finding->rule->text,
		       finding->detail ? ": " : "", finding->detail ? finding->detail : "", finding->rule->section);
	}
}

static json_t *rule_json(const struct pki_lint_rule *rule)
{
	return json_pack("{s:s, s:s, s:s, s:s}", "rule", rule->id, "severity", severity_text(rule->severity), "text", rule->text, "section", rule->section);
}

static int add_json(json_t *all, const char *file, size_t number, const struct pki_findings *findings)
{
	json_t *list = json_array();
	for (size_t i = 0; i < findings->count; i++) {
		json_t *finding = rule_json(findings->list[i].rule);
		if (findings->list[i].detail)
			(void)json_object_set_new(finding, "detail", json_string(findings->list[i].detail));
		(void)json_array_append_new(list, finding);
	}
	json_t *entry = json_pack("{s:s%, s:I, s:o}", "file", file, strlen(file), "certificate", (json_int_t)number, "findings", list);
	return json_array_append_new(all, entry) ? XICA_ENOMEM : XICA_OK;
}

// number counts from 1; several: the file has more than one.
static int lint_one(struct run *run, const char *file, size_t number, bool several, struct view der)
{
	cleanup_arena arena = ARENA_INIT;
	struct pki_findings findings;
	bool first = number == 1;
	const struct pki_profile *profile = first ? run->profile : NULL;
	enum pki_lint_kind kind = !first ? PKI_LINT_GUESS : run->ca ? PKI_LINT_CA : profile ? PKI_LINT_END_ENTITY : PKI_LINT_GUESS;
	int error = pki_lint(der, false, kind, profile, &arena, &findings);
	if (error)
		return error;
	run->failed |= findings.errors != 0;
	if (run->json)
		return add_json(run->json, file, number, &findings);
	const char *name = several ? arena_printf(&arena, "%s (%zu)", file, number) : file;
	if (!name)
		return XICA_ENOMEM;
	print_findings(name, &findings);
	return XICA_OK;
}

static int lint_pem(struct run *run, const char *file, struct view text)
{
	struct view cursor = text;
	cleanup_buf der = BUF_INIT;
	size_t count = 0;
	int error;
	while (!(error = pem_read(&cursor, PEM_CERTIFICATE, &der)))
		count++;
	if (error != XICA_ENOTFOUND)
		return error;
	cursor = text;
	for (size_t number = 1; number <= count; number++) {
		buf_clear(&der);
		error = pem_read(&cursor, PEM_CERTIFICATE, &der);
		if (!error)
			error = lint_one(run, file, number, count > 1, buf_view(&der));
		if (error)
			return error;
	}
	return count ? XICA_OK : XICA_ENOTFOUND;
}

static void lint_file(struct run *run, const char *file)
{
	cleanup_buf content = BUF_INIT;
	int error = file_read(strcmp(file, "-") ? file : "/dev/stdin", FILE_MAX, &content);
	if (error) {
		(void)cli_failed("lint", "%s: %s", file, error == XICA_ERANGE ? "longer than 1 MiB" : strerror(errno));
		run->failed = true;
		return;
	}
	struct view bytes = buf_view(&content);
	error = bytes.len && bytes.ptr[0] == 0x30 ? lint_one(run, file, 1, false, bytes) : lint_pem(run, file, bytes);
	if (!error)
		return;
	run->failed = true;
	if (error == XICA_ENOTFOUND)
		(void)cli_failed("lint", "%s: there is no certificate in it", file);
	else
		(void)cli_failed("lint", "%s: %s", file, error == XICA_EPARSE ? "broken PEM" : xica_strerror(error));
}

static const struct pki_profile *find_profile(const char *name)
{
	for (const struct pki_profile *profile = config_builtin_profiles; profile->name; profile++)
		if (!strcmp(profile->name, name))
			return profile;
	return NULL;
}

static int print_json(const json_t *json)
{
	int failed = json_dumpf(json, stdout, JSON_INDENT(2) | JSON_ENSURE_ASCII);
	(void)putchar('\n');
	return failed ? cli_failed("lint", "cannot write JSON") : CLI_OK;
}

static int print_rules(bool as_json)
{
	json_t *all = as_json ? json_array() : NULL;
	for (size_t i = 0; i < pki_lint_rule_count(); i++) {
		const struct pki_lint_rule *rule = pki_lint_rule_at(i);
		if (all)
			(void)json_array_append_new(all, rule_json(rule));
		else
			printf("%-7s  %-26s %s (%s)\n", severity_text(rule->severity), rule->id, rule->text, rule->section);
	}
	int code = all ? print_json(all) : CLI_OK;
	json_decref(all);
	return code;
}

static int lint_files(struct run *run, char **files)
{
	for (; *files; files++)
		lint_file(run, *files);
	int code = run->json ? print_json(run->json) : CLI_OK;
	json_decref(run->json);
	return run->failed ? CLI_FAILED : code;
}

int cli_lint(int argc, char **argv)
{
	enum { OPTION_PROFILE = 256, OPTION_CA, OPTION_JSON, OPTION_RULES, OPTION_HELP };
	static const struct option OPTIONS[] = {{"profile", required_argument, NULL, OPTION_PROFILE}, {"ca", no_argument, NULL, OPTION_CA},
		{"json", no_argument, NULL, OPTION_JSON}, {"rules", no_argument, NULL, OPTION_RULES}, {"help", no_argument, NULL, OPTION_HELP}, {0}};
	struct run run = {0};
	bool json = false, rules = false;
	int option;
	opterr = 0;
	while ((option = getopt_long(argc, argv, ":", OPTIONS, NULL)) != -1) {
		if (option == OPTION_PROFILE && !(run.profile = find_profile(optarg)))
			return cli_usage_error("lint", "there is no profile '%s'", optarg);
		if (option == ':' || option == '?')
			return cli_option_error("lint", option, argv);
		run.ca |= option == OPTION_CA;
		json |= option == OPTION_JSON;
		rules |= option == OPTION_RULES;
		if (option == OPTION_HELP) {
			(void)puts(HELP);
			return CLI_OK;
		}
	}
	if (rules && (optind != argc || run.ca || run.profile))
		return cli_usage_error("lint", "--rules takes nothing but --json");
	if (rules)
		return print_rules(json);
	if (optind == argc)
		return cli_usage_error("lint", "a file is missing");
	if (run.ca && run.profile)
		return cli_usage_error("lint", "--ca and --profile exclude one another");
	run.json = json ? json_array() : NULL;
	return lint_files(&run, argv + optind);
}
