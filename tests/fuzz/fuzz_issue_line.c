// A line of an issuance in the audit log, as the inspection and the restoring of a backup read it: whatever stands there, each finding is said, and nothing else happens.
#include <stdlib.h>

#include "inspect/evidence.h"
#include "inspect/names.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void take(const struct inspect_finding *finding, void *context)
{
	(*(size_t *)context)++;
	if (!finding->code || !finding->text)
		abort();
}

static void inspect(const struct inspect_issue *issue, struct arena *arena)
{
	struct pki_certificate certificate;
	struct pki_sans names;
	struct inspect_asked asked;
	size_t said = 0, receipts = 0;
	uint32_t shard;
	const char *why;
	struct inspect_subject subject = {.each = take, .context = &said};
	if (pki_certificate_parse(issue->certificate, &certificate, &why) || inspect_names_read(&certificate, arena, &names))
		return;
	int error = inspect_shard_of(&certificate, issue->issuer, &shard);
	if (issue->has_evidence)
		error = inspect_evidence(issue, &certificate, &names, &(struct inspect_seals){VIEW_NONE}, &subject, arena, &asked, &receipts);
	if (said != subject.count || (issue->has_evidence && !error && !receipts && !said)) // without a receipt something is missing
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_arena arena = ARENA_INIT;
	struct inspect_issue issue;
	const char *why = NULL;
	json_t *line = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, NULL);
	int error = line ? inspect_issue_read(line, &arena, &issue, &why) : XICA_EINVAL;
	if (error == XICA_EPARSE && !why)
		abort();
	if (!error)
		inspect(&issue, &arena);
	json_decref(line);
	return 0;
}
