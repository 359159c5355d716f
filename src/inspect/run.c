#include "inspect/run.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base64url.h"
#include "base/file.h"
#include "base/hex.h"
#include "inspect/log.h"
#include "inspect/names.h"
#include "inspect/row.h"
#include "inspect/seen.h"
#include "jose/jwk.h"
#include "pki/lint.h"
#include "pki/pem.h"
#include "store/account.h"
#include "store/audit_head.h"
#include "store/crl.h"
#include "store/reader.h"
#include "validate/receipt.h"

enum { ROWS_AT_ONCE = 500, WAITING_MAX = 10000, KEY_CHANGES_MAX = 1000 };

struct run {
	const struct inspect_options *options;
	struct store_reader *reader;
	struct store_txn *txn;   // within a stretch
	int fd;
	struct inspect_subject subject;
	struct inspect_log log;
	struct inspect_summary summary;
	struct inspect_seen issued, revoked; // rows that lines told of, by number
	int64_t last;            // the highest number when the inspection began
	bool has_evidence;       // a line had some: all later ones have
	bool key_fits;           // the receipts' key is the one that the log's last "start" names
	xica_time revocations_since; // since when the log tells of every revocation; 0: not yet
	struct arena waiting_arena;
	struct view waiting[WAITING_MAX]; // serials of rows that were pending though the log tells of them
	size_t waiting_count;
	struct arena absent_arena;
	struct store_inspect_entry absent[WAITING_MAX]; // rows that no line told of
	size_t absent_count;
	struct inspect_crl *crls;
	struct buf retired, retired_id; // the issuer that was read last
};

static void tell(const struct run *run, const char *what, uint64_t done, uint64_t all)
{
	if (run->options->progress)
		run->options->progress(&(struct inspect_progress){what, done, all, run->subject.count}, run->options->context);
}

// --- issuers

// The certificate of one that is no longer in the index: it stays in the folder when it is retired.
static int read_retired(const struct run *run, const char *id, struct buf *der)
{
	cleanup_buf pattern = BUF_INIT, pem = BUF_INIT;
	glob_t found;
	buf_addf(&pattern, "%s/certificates/issuer-%s-*.pem", run->options->ca_path, id);
	if (strspn(id, "0123456789abcdef") != strlen(id) || !*id || !buf_cstr(&pattern) || glob(buf_cstr(&pattern), 0, NULL, &found))
		return XICA_ENOTFOUND;
	int error = found.gl_pathc ? file_read(found.gl_pathv[0], 1 << 20, &pem) : XICA_ENOTFOUND;
	globfree(&found);
	struct view cursor = buf_view(&pem);
	return error ? error : pem_read(&cursor, PEM_CERTIFICATE, der);
}

// DER, borrowed until the next call; empty: there is none. (Certificates of one issuer stand together: the last one that was read is kept.)
static struct view issuer_of(struct run *run, const char *id)
{
	const struct ca_issuer *issuer = ca_dir_issuer(run->options->ca, view_str(id));
	if (issuer)
		return issuer->certificate;
	if (run->retired_id.len && view_equal_str(buf_view(&run->retired_id), id))
		return buf_view(&run->retired);
	buf_clear(&run->retired);
	buf_clear(&run->retired_id);
	buf_add_str(&run->retired_id, id);
	if (read_retired(run, id, &run->retired))
		buf_clear(&run->retired);
	return buf_view(&run->retired);
}

// --- one issuance

static void check_signature(struct run *run, const struct inspect_issue *issue, const struct pki_certificate *certificate)
{
	struct pki_certificate parent;
	const char *why;
	struct view issuer = issuer_of(run, issue->issuer);
	if (!issuer.len || pki_certificate_parse(issuer, &parent, &why)) {
		inspect_say(&run->subject, "issuer", "there is no issuer %s in the CA's folder", issue->issuer);
		return;
	}
	if (pki_certificate_signed_by(certificate, &parent))
		inspect_say(&run->subject, "signature", "the certificate is not signed by its issuer");
	if (!view_equal(certificate->issuer, parent.subject))
		inspect_say(&run->subject, "issuer", "the certificate names another issuer");
	struct view serial = certificate->serial;
	if (serial.len > 1 && !serial.ptr[0])
		serial = view_sub(serial, 1, SIZE_MAX);
	if (!view_equal(serial, issue->serial))
		inspect_say(&run->subject, "serial", "the certificate has another serial number");
}

// Rules for any certificate; and what its profile is today, which may have changed since.
static int check_rules(struct run *run, const struct inspect_issue *issue, struct arena *arena)
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

static int wait_for(struct run *run, struct view serial)
{
	if (run->waiting_count == WAITING_MAX)
		return XICA_OK; // a registrar that is away for so long is found by the first of them
	struct view copy = arena_copy(&run->waiting_arena, serial);
	if (!copy.ptr)
		return XICA_ENOMEM;
	run->waiting[run->waiting_count++] = copy;
	return XICA_OK;
}

static int check_row(struct run *run, const struct inspect_row *check, struct arena *arena)
{
	const struct store_inspect_row *row = check->row;
	bool before = false;
	int error = inspect_seen_put(&run->issued, row->id, &before);
	if (error)
		return error;
	if (before)
		inspect_say(&run->subject, "serial-twice", "this serial number was issued before");
	if (row->certificate.status == STORE_CERTIFICATE_PENDING && (error = wait_for(run, row->certificate.serial)))
		return error;
	return inspect_row_check(run->txn, check, &run->subject, arena);
}

static int check_evidence(struct run *run, const struct inspect_issue *issue, const struct pki_certificate *certificate, const struct pki_sans *names,
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
	run->summary.unsealed += !seals.key.len;
	int error = inspect_evidence(issue, certificate, names, &seals, &run->subject, arena, asked, &receipts);
	run->summary.receipts += receipts;
	return error;
}

static int check_issue(struct run *run, const struct inspect_issue *issue, struct arena *arena)
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
	check_signature(run, issue, &certificate);
	int error = check_rules(run, issue, arena);
	if (!error)
		error = check_evidence(run, issue, &certificate, &names, &asked, arena);
	if (!error)
		error = store_inspect_row(run->txn, issue->serial, arena, &row);
	if (error == XICA_ENOTFOUND) {
		inspect_say(&run->subject, "not-in-database", "it was issued, and the database has no row for it");
		return XICA_OK;
	}
	const struct inspect_row check = {issue, &certificate, &names, &asked, &row, run->options->now};
	return error ? error : check_row(run, &check, arena);
}

static int take_issue(struct run *run, const json_t *line)
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

// --- other lines

// Which key sealed the receipts from here on; and that revocations have lines.
static int take_start(struct run *run, const json_t *line)
{
	uint8_t digest[CRYPTO_SHA256_LEN];
	cleanup_buf hex = BUF_INIT;
	const char *named = json_string_value(json_object_get(line, "receipt_key"));
	if (!named)
		return XICA_OK;
	if (!run->revocations_since && clock_parse_rfc3339(view_str(json_string_value(json_object_get(line, "time"))), &run->revocations_since))
		run->revocations_since = 0;
	int error = crypto_sha256(run->options->receipt_key, digest);
	hex_encode(&hex, view_bytes(digest, sizeof(digest)));
	if (!error)
		error = buf_error(&hex);
	run->key_fits = !error && view_equal_str(buf_view(&hex), named);
	return error;
}

static int take_revocation(struct run *run, const json_t *line)
{
	cleanup_arena arena = ARENA_INIT;
	cleanup_buf serial = BUF_INIT;
	struct store_inspect_row row;
	xica_time when;
	bool before;
	run->subject.serial = json_string_value(json_object_get(line, "serial"));
	if (hex_decode(view_str(run->subject.serial), &serial) || clock_parse_rfc3339(view_str(json_string_value(json_object_get(line, "revoked_at"))), &when)) {
		inspect_say(&run->subject, "log-line", "the line of a revocation can't be read");
		return XICA_OK;
	}
	run->summary.revocations++;
	int error = store_inspect_row(run->txn, buf_view(&serial), &arena, &row);
	if (error == XICA_ENOTFOUND)
		inspect_say(&run->subject, "not-in-database", "it was revoked, and the database has no row for it");
	if (error)
		return error == XICA_ENOTFOUND ? XICA_OK : error;
	if (row.certificate.status != STORE_CERTIFICATE_REVOKED)
		inspect_say(&run->subject, "not-revoked", "it was revoked, and the database says that it is good");
	else if (row.certificate.revoked_at != when || (json_int_t)row.certificate.reason != json_integer_value(json_object_get(line, "reason")))
		inspect_say(&run->subject, "revocation-differs", "the database has another time or reason of its revocation than the log");
	return inspect_seen_put(&run->revoked, row.id, &before); // a crash may double the line
}

static int take_responder(struct run *run, const json_t *line)
{
	cleanup_buf der = BUF_INIT;
	struct pki_certificate certificate, parent;
	const char *why, *id = json_string_value(json_object_get(line, "issuer"));
	struct view issuer = issuer_of(run, id ? id : "");
	if (base64_decode(view_str(json_string_value(json_object_get(line, "certificate"))), &der) || pki_certificate_parse(buf_view(&der), &certificate, &why) ||
	    !issuer.len || pki_certificate_parse(issuer, &parent, &why) || pki_certificate_signed_by(&certificate, &parent))
		inspect_say(&run->subject, "responder", "the certificate of an OCSP responder can't be read, or is not its issuer's");
	return XICA_OK;
}

static int take_line(const json_t *line, void *context)
{
	struct run *run = context;
	const char *kind = json_string_value(json_object_get(line, "kind"));
	if (!kind)
		return XICA_OK;
	if (!strcmp(kind, "issue"))
		return take_issue(run, line);
	if (!strcmp(kind, "revoke"))
		return take_revocation(run, line);
	if (!strcmp(kind, "start"))
		return take_start(run, line);
	if (!strcmp(kind, "ocsp-responder"))
		return take_responder(run, line);
	return strcmp(kind, "crl") != 0 ? XICA_OK : inspect_crl_note(&run->crls, line);
}

// --- the log, stretch by stretch; each sees the database as it is then

static int read_log(struct run *run, uint64_t size)
{
	int error;
	do {
		error = store_reader_begin(run->reader, &run->txn);
		if (error)
			return error;
		error = inspect_log_step(&run->log, size, take_line, run);
		store_reader_end(run->reader);
		tell(run, "log", run->log.at, size);
	} while (error == XICA_EAGAIN);
	return error;
}

static int read_log_to_its_end(struct run *run)
{
	struct stat is;
	return fstat(run->fd, &is) ? XICA_EIO : read_log(run, (uint64_t)is.st_size);
}

// --- rows that the log did not tell of

static void say_of(struct run *run, struct view serial, const char *code, const char *text)
{
	cleanup_buf hex = BUF_INIT;
	hex_encode(&hex, serial);
	run->subject.serial = buf_cstr(&hex);
	inspect_say(&run->subject, code, "%s", text);
	run->subject.serial = NULL;
}

static bool has_line(const struct run *run, const struct store_inspect_entry *entry)
{
	bool issued = entry->status == STORE_CERTIFICATE_ISSUED || entry->status == STORE_CERTIFICATE_REVOKED;
	bool revoked = entry->status == STORE_CERTIFICATE_REVOKED && run->revocations_since && entry->revoked_at >= run->revocations_since;
	return (!issued || inspect_seen_has(&run->issued, entry->id)) && (!revoked || inspect_seen_has(&run->revoked, entry->id));
}

// Those that may only not have been read of yet.
static int keep_absent(struct run *run, const struct store_inspect_entry *entry)
{
	if (run->absent_count == WAITING_MAX) {
		run->subject.count++; // of so many, nobody wants each named
		return XICA_OK;
	}
	struct store_inspect_entry *kept = &run->absent[run->absent_count++];
	*kept = *entry;
	kept->serial = arena_copy(&run->absent_arena, entry->serial);
	return kept->serial.ptr ? XICA_OK : XICA_ENOMEM;
}

static int read_rows(struct run *run, int64_t *after, uint64_t *names, bool *ret_more)
{
	cleanup_arena arena = ARENA_INIT;
	struct store_inspect_entry *list;
	size_t count;
	int error = store_inspect_entries(run->txn, *after, run->last, ROWS_AT_ONCE, &arena, &list, &count);
	for (size_t i = 0; !error && i < count; i++) {
		*after = list[i].id;
		*names += list[i].names;
		if (!has_line(run, &list[i]))
			error = keep_absent(run, &list[i]);
	}
	*ret_more = !error && count == ROWS_AT_ONCE;
	return error;
}

static int read_database(struct run *run)
{
	int64_t after = 0;
	uint64_t names = 0, indexed = 0;
	bool more = true;
	int error = XICA_OK;
	while (!error && more) {
		if ((error = store_reader_begin(run->reader, &run->txn)))
			return error;
		error = read_rows(run, &after, &names, &more);
		store_reader_end(run->reader);
		tell(run, "database", (uint64_t)after, (uint64_t)run->last);
	}
	if (error || (error = store_reader_begin(run->reader, &run->txn)))
		return error;
	error = store_inspect_count_names(run->txn, run->last, &indexed);
	store_reader_end(run->reader);
	if (!error && indexed != names)
		inspect_say(&run->subject, "name-index", "the database's index of names has %llu entries, and its certificates %llu names",
			    (unsigned long long)indexed, (unsigned long long)names);
	return error;
}

// What the log has told of meanwhile is fine; so is a revocation whose note still waits for the signer.
static int check_absent(struct run *run)
{
	for (size_t i = 0; i < run->absent_count; i++) {
		const struct store_inspect_entry *entry = &run->absent[i];
		bool waits = false;
		if (!inspect_seen_has(&run->issued, entry->id)) {
			say_of(run, entry->serial, "not-in-log", "the database says that it was issued, and the audit log does not");
			continue;
		}
		if (has_line(run, entry))
			continue;
		int error = store_inspect_note_waits(run->txn, entry->serial, &waits);
		if (error)
			return error;
		if (!waits)
			say_of(run, entry->serial, "not-in-log", "the database says that it was revoked, and the audit log does not");
	}
	return XICA_OK;
}

static int check_waiting(struct run *run)
{
	for (size_t i = 0; i < run->waiting_count; i++) {
		cleanup_arena arena = ARENA_INIT;
		struct store_inspect_row row;
		int error = store_inspect_row(run->txn, run->waiting[i], &arena, &row);
		if (error)
			return error;
		run->summary.under_way += row.certificate.status == STORE_CERTIFICATE_PENDING;
	}
	return XICA_OK;
}

// --- accounts and CRLs

static int check_key(struct run *run, const struct store_account *account)
{
	struct jwk key;
	int error = jwk_parse_text(account->jwk, &key);
	if (error == XICA_ENOMEM)
		return error;
	if (error || memcmp(key.thumbprint, account->thumbprint, CRYPTO_SHA256_LEN) != 0)
		inspect_say(&run->subject, "account-key", "account %lld: its key is not the one of its thumbprint", (long long)account->id);
	if (!error)
		jwk_free(&key);
	return XICA_OK;
}

static int check_history(struct run *run, const struct store_account *account, struct arena *arena)
{
	struct store_key_change *changes;
	const uint8_t *known = account->thumbprint;
	size_t count;
	int error = store_account_key_changes(run->txn, account->id, KEY_CHANGES_MAX, arena, &changes, &count);
	for (size_t i = 0; !error && i < count; i++) {
		uint8_t old[CRYPTO_SHA256_LEN], new[CRYPTO_SHA256_LEN];
		int fault = inspect_key_change(changes[i].jws, arena, old, new);
		if (fault == XICA_ENOMEM)
			return fault;
		if (fault || memcmp(new, changes[i].new_thumbprint, sizeof(new)) != 0 || memcmp(old, changes[i].old_thumbprint, sizeof(old)) != 0 ||
		    memcmp(new, known, sizeof(new)) != 0) {
			inspect_say(&run->subject, "key-change", "account %lld: a change of its key is not signed by both keys, or one is missing", (long long)account->id);
			return XICA_OK;
		}
		known = changes[i].old_thumbprint;
	}
	return error;
}

static int check_accounts(struct run *run)
{
	int64_t after = 0;
	size_t count = 1;
	int error = XICA_OK;
	while (!error && count) {
		cleanup_arena arena = ARENA_INIT;
		struct store_account *list;
		if ((error = store_reader_begin(run->reader, &run->txn)))
			return error;
		error = store_account_list(run->txn, after, ROWS_AT_ONCE, &arena, &list, &count);
		for (size_t i = 0; !error && i < count; i++) {
			after = list[i].id;
			error = check_key(run, &list[i]);
			if (!error)
				error = check_history(run, &list[i], &arena);
		}
		store_reader_end(run->reader);
		run->summary.accounts += error ? 0 : count;
		tell(run, "accounts", run->summary.accounts, 0);
	}
	return error;
}

static int check_crls(struct run *run)
{
	cleanup_arena arena = ARENA_INIT;
	struct store_crl *list;
	size_t count;
	int error = store_crl_list(run->txn, &arena, &list, &count);
	for (size_t i = 0; !error && i < count; i++) {
		uint8_t digest[CRYPTO_SHA256_LEN];
		error = crypto_sha256(list[i].der, digest);
		if (!error && list[i].der.len && !inspect_crl_known(run->crls, &list[i], digest))
			inspect_say(&run->subject, "crl", "number %llu of %.*s, shard %u, is none that the audit log tells of", (unsigned long long)list[i].number,
				    VIEW_FMT(list[i].issuer), list[i].shard);
	}
	return error;
}

static int check_head(struct run *run)
{
	if (run->log.head_size > run->log.at)
		inspect_say(&run->subject, "log-cut", "the log ends at byte %llu, and the database knows of its end at %llu: lines were cut off",
			    (unsigned long long)run->log.at, (unsigned long long)run->log.head_size);
	else if (run->log.head_size && !run->log.at_head)
		inspect_say(&run->subject, "log-chain", "the line that ends at byte %llu is not the one that the database knows: the log was written anew",
			    (unsigned long long)run->log.head_size);
	return XICA_OK;
}

// --- all of it

static int begin(struct run *run)
{
	cleanup_arena arena = ARENA_INIT;
	struct store_audit_head head;
	int error = store_reader_begin(run->reader, &run->txn);
	if (error)
		return error;
	error = store_inspect_last(run->txn, &run->last);
	if (!error)
		error = store_audit_head_get(run->txn, &arena, &head);
	if (!error && head.hash.len < sizeof(run->log.head_hash)) {
		run->log.head_size = head.size;
		memcpy(run->log.head_hash, head.hash.ptr, head.hash.len);
	}
	store_reader_end(run->reader);
	return error == XICA_ENOTFOUND ? XICA_OK : error;
}

static int finish(struct run *run)
{
	int error = store_reader_begin(run->reader, &run->txn);
	if (error)
		return error;
	error = check_absent(run);
	if (!error)
		error = check_waiting(run);
	if (!error)
		error = check_crls(run);
	store_reader_end(run->reader);
	return error ? error : check_head(run);
}

static int inspect(struct run *run)
{
	static int (*const STEPS[])(struct run *) = {begin, read_log_to_its_end, read_database, check_accounts, read_log_to_its_end, finish};
	int error = XICA_OK;
	for (size_t i = 0; !error && i < sizeof(STEPS) / sizeof(STEPS[0]); i++)
		error = STEPS[i](run);
	return error;
}

int inspect_run(const struct inspect_options *options, struct inspect_summary *ret_summary, struct buf *why)
{
	struct run *run = calloc(1, sizeof(*run));
	if (!run)
		return XICA_ENOMEM;
	run->options = options;
	run->subject = (struct inspect_subject){.each = options->each, .context = options->context};
	run->fd = open(options->audit_log, O_RDONLY | O_CLOEXEC);
	int error = run->fd < 0 ? XICA_EIO : XICA_OK;
	if (error)
		buf_addf(why, "%s: %s", options->audit_log, strerror(errno));
	else
		error = store_reader_open(options->database, &run->reader, why);
	if (!error) {
		inspect_log_begin(&run->log, run->fd, &run->subject);
		if ((error = inspect(run)))
			buf_addf(why, "the inspection can't go on: %s", xica_strerror(error));
	}
	run->summary.lines = run->log.lines;
	run->summary.findings = run->subject.count;
	if (!error)
		*ret_summary = run->summary;
	store_reader_close(run->reader);
	if (run->fd >= 0)
		(void)close(run->fd);
	inspect_seen_free(&run->issued);
	inspect_seen_free(&run->revoked);
	inspect_crl_free(run->crls);
	buf_free(&run->retired);
	buf_free(&run->retired_id);
	arena_free(&run->waiting_arena);
	arena_free(&run->absent_arena);
	free(run);
	return error;
}
