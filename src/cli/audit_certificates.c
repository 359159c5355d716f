// xica audit certificates: the inspection (inspect/run.h), with what it finds as lines or JSON, and on a terminal how far it is.
#include <jansson.h>
#include <stdio.h>

#include "base/file.h"
#include "cli/audit.h"
#include "cli/audit_findings.h"
#include "cli/cli.h"
#include "cli/operator.h"
#include "cli/place.h"
#include "inspect/run.h"

// Without the key, or with another one than sealed them, seals are neither right nor wrong.
static int code_of(const struct audit_options *options, const struct inspect_summary *sum)
{
	return sum->findings || (options->seals && sum->unsealed) ? CLI_FAILED : CLI_OK;
}

static void tell_json(const struct audit_findings *found, const struct inspect_summary *sum)
{
	json_t *all = json_pack("{s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:O}", "right", sum->findings == 0, "lines", (json_int_t)sum->lines,
				"certificates", (json_int_t)sum->certificates, "receipts", (json_int_t)sum->receipts, "revocations", (json_int_t)sum->revocations,
				"accounts", (json_int_t)sum->accounts, "seals_not_verified", (json_int_t)sum->unsealed, "without_evidence",
				(json_int_t)sum->without_evidence, "under_way", (json_int_t)sum->under_way, "other_profile", (json_int_t)sum->other_profile,
				"findings", found->list);
	if (all)
		(void)json_object_set_new(all, "finding_count", json_integer((json_int_t)sum->findings));
	operator_print_json(all);
	json_decref(all);
}

static void tell_people(const struct inspect_summary *sum)
{
	if (sum->unsealed)
		printf("Note: the receipts of %lld %s are held by the log's chain alone: the key that sealed them can't be read, or is another now.\n",
		       CLI_COUNTED(sum->unsealed, "certificate", "certificates"));
	if (sum->without_evidence)
		printf("Note: %lld %s issued before the log kept evidence.\n", CLI_COUNTED(sum->without_evidence, "certificate was", "certificates were"));
	if (sum->other_profile)
		printf("Note: %lld %s is configured to today.\n",
		       CLI_COUNTED(sum->other_profile, "certificate is not what its profile", "certificates are not what their profile"));
	if (sum->under_way)
		printf("Note: %lld %s signed and not recorded yet: xicad is doing it, or will at its next start.\n", CLI_COUNTED(sum->under_way, "certificate is", "certificates are"));
	printf("%lld %s with %lld %s, %lld %s, %lld %s, %lld %s: ", CLI_COUNTED(sum->certificates, "certificate", "certificates"),
	       CLI_COUNTED(sum->receipts, "receipt", "receipts"), CLI_COUNTED(sum->revocations, "revocation", "revocations"),
	       CLI_COUNTED(sum->accounts, "account", "accounts"), CLI_COUNTED(sum->lines, "line", "lines"));
	if (sum->findings)
		printf("%lld %s\n", CLI_COUNTED(sum->findings, "finding", "findings"));
	else
		(void)puts(sum->unsealed ? "all is right but for the seals, of which that can't be said" : "all is right");
}

static void tell(const struct audit_options *options, const struct audit_findings *found, const struct inspect_summary *sum)
{
	if (options->common.json)
		tell_json(found, sum);
	else
		tell_people(sum);
}

static int inspect(const struct audit_options *options, const struct config *config, const struct ca_dir *ca, struct view receipt_key)
{
	struct audit_findings found;
	audit_findings_begin(&found, options->common.json);
	const struct inspect_options inspection = {.audit_log = config->audit_log, .database = config->database, .ca = ca, .ca_path = config->ca_dir, .config = config,
		.receipt_key = receipt_key, .now = clock_now(), .each = audit_findings_take, .progress = audit_findings_progress, .context = &found};
	struct inspect_summary summary;
	cleanup_buf why = BUF_INIT;
	int error = inspect_run(&inspection, &summary, &why);
	audit_findings_finish(&found);
	int code = error ? cli_failed("audit", "%s", why.len ? buf_cstr(&why) : xica_strerror(error)) : code_of(options, &summary);
	if (!error)
		tell(options, &found, &summary);
	audit_findings_free(&found);
	return code;
}

int audit_verb_certificates(const void *command)
{
	const struct audit_options *options = command;
	cleanup_buf why = BUF_INIT;
	struct buf key = BUF_INIT;
	struct config config;
	struct ca_dir ca;
	if (cli_place_config(options->common.dev_dir, options->common.config_file, &config, &why))
		return cli_failed("audit", "%s", buf_cstr(&why));
	int error = ca_dir_read(config.ca_dir, CA_DIR_PUBLIC, &ca, &why), code;
	if (file_read(config.receipt_key, RECEIPT_KEY_LEN, &key) || key.len != RECEIPT_KEY_LEN)
		buf_wipe(&key); // the seals can't be verified then, and the summary says so
	if (error) {
		code = cli_failed("audit", "%s", why.len ? buf_cstr(&why) : xica_strerror(error));
	} else {
		code = inspect(options, &config, &ca, buf_view(&key));
		ca_dir_free(&ca);
	}
	buf_wipe(&key);
	config_free(&config);
	return code;
}
