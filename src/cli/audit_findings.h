// What an inspection (inspect/run.h) finds, told while it goes on: a line each, or kept for JSON; on a terminal, how far it is.
#pragma once
#include <jansson.h>

#include "inspect/run.h"

struct audit_findings {
	bool json, terminal;
	json_t *list;        // owned: the first thousand of them, where they are to be JSON
	uint64_t count;      // of all
	int64_t told_ms;     // when progress was told last
};

void audit_findings_begin(struct audit_findings *findings, bool json);
void audit_findings_take(const struct inspect_finding *finding, void *context); // for inspect_options: context is the findings
void audit_findings_progress(const struct inspect_progress *progress, void *context);
void audit_findings_finish(const struct audit_findings *findings); // the inspection is over: clears the terminal's line, and says how many were not shown
void audit_findings_free(struct audit_findings *findings);
