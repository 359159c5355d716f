#include "cli/audit_findings.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

enum { SHOWN = 1000, PROGRESS_MS = 200 };

void audit_findings_begin(struct audit_findings *findings, bool json)
{
	*findings = (struct audit_findings){.json = json, .terminal = !json && isatty(STDERR_FILENO), .list = json_array()};
}

static void clear_line(const struct audit_findings *findings)
{
	if (findings->terminal)
		(void)fputs("\r\033[K", stderr);
}

void audit_findings_take(const struct inspect_finding *finding, void *context)
{
	struct audit_findings *findings = context;
	if (findings->count++ >= SHOWN)
		return;
	if (findings->json) {
		json_t *entry = json_pack("{s:s, s:s, s:s*}", "finding", finding->code, "text", finding->text, "serial", finding->serial);
		if (entry && finding->line)
			(void)json_object_set_new(entry, "line", json_integer((json_int_t)finding->line));
		(void)json_array_append_new(findings->list, entry);
		return;
	}
	clear_line(findings);
	if (finding->line)
		printf("line %" PRIu64 ": ", finding->line);
	if (finding->serial)
		printf("%s: ", finding->serial);
	printf("%s (%s)\n", finding->text, finding->code);
}

void audit_findings_progress(const struct inspect_progress *progress, void *context)
{
	struct audit_findings *findings = context;
	int64_t now = clock_monotonic_ms();
	if (!findings->terminal || now - findings->told_ms < PROGRESS_MS)
		return;
	findings->told_ms = now;
	if (progress->all)
		fprintf(stderr, "\r%s: %3.0f %%, %" PRIu64 " findings\033[K", progress->what, 100.0 * (double)progress->done / (double)progress->all, progress->findings);
	else
		fprintf(stderr, "\r%s: %" PRIu64 ", %" PRIu64 " findings\033[K", progress->what, progress->done, progress->findings);
}

void audit_findings_finish(const struct audit_findings *findings)
{
	clear_line(findings);
	if (!findings->json && findings->count > SHOWN)
		printf("%" PRIu64 " more findings are not shown.\n", findings->count - SHOWN);
}

void audit_findings_free(struct audit_findings *findings)
{
	json_decref(findings->list);
	findings->list = NULL;
}
