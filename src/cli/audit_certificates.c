// xica audit certificates: the inspection (inspect/run.h), with what it finds as lines or JSON, and on a terminal how far it is.
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "cli/audit.h"
#include "cli/cli.h"
#include "cli/operator.h"
#include "cli/place.h"
#include "inspect/run.h"

enum { FINDINGS_SHOWN = 1000 };

struct output {
	bool json, terminal;
	json_t *findings;
	uint64_t shown;
	int64_t told_ms; // when progress was told last
};

// --- while it goes on

static void clear_line(const struct output *output)
{
	if (output->terminal)
		(void)fputs("\r\033[K", stderr);
}

static void take_finding(const struct inspect_finding *finding, void *context)
{
	struct output *output = context;
	if (output->shown++ >= FINDINGS_SHOWN)
		return;
	if (output->json) {
		json_t *entry = json_pack("{s:s, s:s, s:s*}", "finding", finding->code, "text", finding->text, "serial", finding->serial);
		if (entry && finding->line)
			(void)json_object_set_new(entry, "line", json_integer((json_int_t)finding->line));
		(void)json_array_append_new(output->findings, entry);
		return;
	}
	clear_line(output);
	if (finding->line)
		printf("line %" PRIu64 ": ", finding->line);
	if (finding->serial)
		printf("%s: ", finding->serial);
	printf("%s (%s)\n", finding->text, finding->code);
}

static void show_progress(const struct inspect_progress *progress, void *context)
{
	struct output *output = context;
	int64_t now = clock_monotonic_ms();
	if (!output->terminal || now - output->told_ms < 200)
		return;
	output->told_ms = now;
	if (progress->all)
		fprintf(stderr, "\r%s: %3.0f %%, %" PRIu64 " findings\033[K", progress->what, 100.0 * (double)progress->done / (double)progress->all, progress->findings);
	else
		fprintf(stderr, "\r%s: %" PRIu64 ", %" PRIu64 " findings\033[K", progress->what, progress->done, progress->findings);
}

// --- at the end

static int tell_json(const struct output *output, const struct inspect_summary *sum)
{
	json_t *all = json_pack("{s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:O}", "right", sum->findings == 0, "lines", (json_int_t)sum->lines,
				"certificates", (json_int_t)sum->certificates, "receipts", (json_int_t)sum->receipts, "revocations", (json_int_t)sum->revocations,
				"accounts", (json_int_t)sum->accounts, "seals_not_verified", (json_int_t)sum->unsealed, "without_evidence",
				(json_int_t)sum->without_evidence, "under_way", (json_int_t)sum->under_way, "other_profile", (json_int_t)sum->other_profile,
				"findings", output->findings);
	if (all)
		(void)json_object_set_new(all, "finding_count", json_integer((json_int_t)sum->findings));
	operator_print_json(all);
	json_decref(all);
	return sum->findings ? CLI_FAILED : CLI_OK;
}

static int tell(const struct output *output, const struct inspect_summary *sum)
{
	if (output->shown > FINDINGS_SHOWN)
		printf("%" PRIu64 " more findings are not shown.\n", output->shown - FINDINGS_SHOWN);
	if (sum->unsealed)
		printf("Note: the receipts of %" PRIu64 " certificates are held by the log's chain alone: the key that sealed them can't be read, or is another now.\n",
		       sum->unsealed);
	if (sum->without_evidence)
		printf("Note: %" PRIu64 " certificates were issued before the log kept evidence.\n", sum->without_evidence);
	if (sum->other_profile)
		printf("Note: %" PRIu64 " certificates are not what their profile is configured to today.\n", sum->other_profile);
	if (sum->under_way)
		printf("Note: %" PRIu64 " certificates are signed and not recorded yet: xicad is doing it, or will at its next start.\n", sum->under_way);
	printf("%" PRIu64 " certificates with %" PRIu64 " receipts, %" PRIu64 " revocations, %" PRIu64 " accounts, %" PRIu64 " lines: ", sum->certificates, sum->receipts,
	       sum->revocations, sum->accounts, sum->lines);
	if (!sum->findings) {
		(void)puts("all is right");
		return CLI_OK;
	}
	printf("%" PRIu64 " findings\n", sum->findings);
	return CLI_FAILED;
}

static int inspect(const struct audit_options *options, const struct config *config, const struct ca_dir *ca, struct view receipt_key)
{
	struct output output = {.json = options->json, .terminal = !options->json && isatty(STDERR_FILENO), .findings = json_array()};
	const struct inspect_options inspection = {.audit_log = config->audit_log, .database = config->database, .ca = ca, .ca_path = config->ca_dir, .config = config,
		.receipt_key = receipt_key, .now = clock_now(), .each = take_finding, .progress = show_progress, .context = &output};
	struct inspect_summary summary;
	cleanup_buf why = BUF_INIT;
	int error = inspect_run(&inspection, &summary, &why);
	clear_line(&output);
	int code = error ? cli_failed("audit", "%s", why.len ? buf_cstr(&why) : xica_strerror(error))
			 : options->json ? tell_json(&output, &summary) : tell(&output, &summary);
	json_decref(output.findings);
	return code;
}

int audit_verb_certificates(const struct audit_options *options)
{
	cleanup_buf why = BUF_INIT;
	struct buf key = BUF_INIT;
	struct config config;
	struct ca_dir ca;
	if (cli_place_config(options->dev_dir, options->config_file, &config, &why))
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
