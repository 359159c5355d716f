#include "inspect/pass.h"

#include "inspect/names.h"
#include "inspect/row.h"
#include "pki/lint.h"

// Rules for any certificate; and what its profile is today, which may have changed since.
static int check_rules(struct inspect_pass *run, const struct inspect_issue *issue, struct arena *arena)
{
	const struct pki_profile *profile = run->options->config ? config_profile(run->options->config, view_str(issue->profile)) : NULL;
	struct pki_findings findings;
	int error = pki_lint(issue->certificate, false, PKI_LINT_END_ENTITY, NULL, arena, &findings);
	for (size_t i = 0; !error && i < findings.count; i++)
		if (findings.list[i].rule->severity == PKI_LINT_ERROR)
			inspect_say(&run->subject, "lint", "%s (%s, %s)", findings.list[i].rule->text, findings.list[i].rule->id, findings.list[i].rule->section);
	if (!error && profile)
		error = pki_lint(issue->certificate, false, PKI_LINT_END_ENTITY, profile, arena, &findings);
	if (!error)
		run->summary.other_profile += profile && findings.errors;
	return error;
}

static int wait_for(struct inspect_pass *run, struct view serial)
{
	if (run->waiting_count == INSPECT_WAITING_MAX)
		return XICA_OK; // a registrar that is away for so long is found by the first of them
	struct view copy = arena_copy(&run->waiting_arena, serial);
	if (!copy.ptr)
		return XICA_ENOMEM;
	run->waiting[run->waiting_count++] = copy;
	return XICA_OK;
}

static int check_row(struct inspect_pass *run, const struct inspect_row *check, struct arena *arena)
{
	const struct store_inspect_row *row = check->row;
	bool before = false;
	int error = inspect_seen_put(&run->issued, row->id, &before);
	if (error)
		return error;
	run->last_issued = row->id > run->last_issued ? row->id : run->last_issued;
	if (before)
		inspect_say(&run->subject, "serial-twice", "this serial number was issued before");
	if (row->certificate.status == STORE_CERTIFICATE_PENDING && (error = wait_for(run, row->certificate.serial)))
		return error;
	if ((error = inspect_row_check(run->txn, check, &run->subject, arena)))
		return error;
	return *check->orderless ? inspect_orderless_keep(run, check->issue->serial, check->issue->time) : XICA_OK;
}

static int check_evidence(struct inspect_pass *run, const struct inspect_issue *issue, const struct pki_certificate *certificate, const struct pki_sans *names,
			  struct inspect_asked *asked, struct arena *arena)
{
	const struct inspect_seals seals = {run->key_fits ? run->options->receipt_key : VIEW_NONE};
	size_t receipts = 0;
	if (!issue->has_evidence) {
		if (run->has_evidence)
			inspect_say(&run->subject, "evidence-missing", "the line holds no evidence, and lines before it did");
		run->summary.without_evidence++;
		return XICA_OK;
	}
	run->has_evidence = true;
	if (run->options->depth == INSPECT_ROWS)
		return inspect_evidence_asked(issue, &run->subject, arena, asked);
	run->summary.unsealed += !seals.key.len;
	int error = inspect_evidence(issue, certificate, names, &seals, &run->subject, arena, asked, &receipts);
	run->summary.receipts += receipts;
	return error;
}

static int check_issue(struct inspect_pass *run, const struct inspect_issue *issue, struct arena *arena)
{
	struct pki_certificate certificate;
	struct pki_sans names;
	struct inspect_asked asked = {0};
	struct store_inspect_row row;
	const char *why;
	run->summary.certificates++;
	if (pki_certificate_parse(issue->certificate, &certificate, &why) || inspect_names_read(&certificate, arena, &names)) {
		inspect_say(&run->subject, "certificate", "the certificate can't be read");
		return XICA_OK;
	}
	int error = XICA_OK;
	if (run->options->depth == INSPECT_ALL) {
		inspect_signature(run, issue, &certificate);
		error = check_rules(run, issue, arena);
	}
	if (!error)
		error = check_evidence(run, issue, &certificate, &names, &asked, arena);
	if (!error)
		error = store_inspect_row(run->txn, issue->serial, arena, &row);
	if (error == XICA_ENOTFOUND) {
		inspect_say(&run->subject, "not-in-database", "it was issued, and the database has no row for it");
		return XICA_OK;
	}
	bool orderless = false;
	const struct inspect_row check = {issue, &certificate, &names, &asked, &row, run->options->now, &orderless};
	return error ? error : check_row(run, &check, arena);
}

int inspect_issuance(struct inspect_pass *run, const json_t *line)
{
	cleanup_arena arena = ARENA_INIT;
	struct inspect_issue issue;
	const char *why = NULL;
	run->subject.serial = json_string_value(json_object_get(line, "serial"));
	int error = inspect_issue_read(line, &arena, &issue, &why);
	if (error != XICA_EPARSE)
		return error ? error : check_issue(run, &issue, &arena);
	inspect_say(&run->subject, "log-line", "the line of an issuance lacks '%s', or it can't be read", why);
	return XICA_OK;
}
