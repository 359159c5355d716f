#include "backup/recover.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base64url.h"
#include "base/hex.h"
#include "inspect/evidence.h"
#include "inspect/log.h"
#include "inspect/names.h"
#include "jose/jws.h"
#include "role/audit/read.h"
#include "store/audit_head.h"
#include "store/operator_note.h"
#include "store/recover.h"

struct recovery {
	struct inspect_log log;
	struct inspect_subject subject;
	struct store_txn *txn;   // of the stretch
	uint64_t end;
	int64_t last_order, last_note;
	int64_t known_note;      // what this note and those before it tell of, the database has
	struct backup_recovered found;
	struct buf *why;
};

static void take_finding(const struct inspect_finding *finding, void *context)
{
	struct recovery *r = context;
	if (!r->why->len)
		buf_addf(r->why, "line %llu after the backup's: %s", (unsigned long long)finding->line, finding->text);
}

// --- the account that asked

static bool same(const uint8_t *a, const uint8_t *b)
{
	return memcmp(a, b, CRYPTO_SHA256_LEN) == 0;
}

// The changes of its key since the one that the database has, oldest first. XICA_EEXIST: they don't lead there.
static int find_changes(const struct inspect_issue *issue, const struct store_account *there, struct arena *arena, struct store_key_change *changes, size_t *ret_count)
{
	size_t count = 0;
	for (size_t i = 0; i < issue->key_change_count; i++) {
		struct store_key_change *change = &changes[issue->key_change_count - 1 - i];
		*change = (struct store_key_change){.account = there->id, .jws = issue->key_changes[i], .time = issue->time};
		int error = inspect_key_change(issue->key_changes[i], arena, change->old_thumbprint, change->new_thumbprint);
		if (error)
			return error == XICA_ESIG ? XICA_EEXIST : error;
		count++;
		if (same(change->old_thumbprint, there->thumbprint)) {
			*ret_count = count;
			return XICA_OK;
		}
	}
	return XICA_EEXIST;
}

static int bring_key(struct recovery *r, const struct inspect_issue *issue, const struct store_account *there, struct arena *arena)
{
	struct store_account now = {.id = there->id, .jwk = issue->account_key};
	struct store_key_change *changes = arena_array(arena, issue->key_change_count + 1, sizeof(*changes));
	size_t count = 0;
	if (!changes)
		return XICA_ENOMEM;
	int error = find_changes(issue, there, arena, changes, &count);
	if (error)
		return error;
	memcpy(now.thumbprint, issue->account, sizeof(now.thumbprint));
	error = store_recover_key(r->txn, &now, changes + issue->key_change_count - count, count);
	r->found.keys += !error;
	return error;
}

// Had the account this key once? Then the line is older than what the database knows.
static int is_older(struct recovery *r, const struct inspect_issue *issue, int64_t account, struct arena *arena, bool *ret_older)
{
	struct store_key_change *known;
	size_t count;
	bool older = false;
	int error = store_account_key_changes(r->txn, account, 1000, arena, &known, &count);
	for (size_t i = 0; !error && i < count; i++)
		older = older || same(known[i].old_thumbprint, issue->account);
	*ret_older = older;
	return error;
}

static int bring_account(struct recovery *r, const struct inspect_issue *issue, int64_t id, struct arena *arena)
{
	struct store_account there, lost = {.id = id, .jwk = issue->account_key, .created = issue->time};
	bool older = false;
	memcpy(lost.thumbprint, issue->account, sizeof(lost.thumbprint));
	int error = store_account_get(r->txn, id, arena, &there);
	if (error == XICA_ENOTFOUND) {
		error = store_recover_account(r->txn, &lost);
		r->found.accounts += !error;
		return error;
	}
	if (error || same(there.thumbprint, issue->account))
		return error;
	error = is_older(r, issue, id, arena, &older);
	return error || older ? error : bring_key(r, issue, &there, arena);
}

// --- the certificate

static int read_csr(struct view payload, struct arena *arena, struct view *ret_csr)
{
	cleanup_buf der = BUF_INIT;
	json_t *json = jose_json_parse(payload);
	int error = base64url_decode(view_str(json_string_value(json_object_get(json, "csr"))), &der);
	json_decref(json);
	*ret_csr = error ? VIEW_NONE : arena_copy(arena, buf_view(&der));
	return error == XICA_ENOMEM || (!error && !ret_csr->ptr) ? XICA_ENOMEM : XICA_OK;
}

static int read_asked(const struct inspect_issue *issue, struct arena *arena, struct inspect_asked *ret_asked, struct view *ret_csr)
{
	struct jws jws;
	enum jws_fault fault;
	if (!issue->has_evidence)
		return XICA_OK;
	int error = jws_parse(issue->finalize, arena, &jws, &fault);
	if (error)
		return error;
	if (inspect_account_of(jws.kid, &ret_asked->account) || inspect_order_of(jws.url, &ret_asked->order))
		*ret_asked = (struct inspect_asked){0};
	error = read_csr(jws.payload, arena, ret_csr);
	jws_free(&jws);
	return error;
}

static int fill_row(const struct inspect_issue *issue, const struct inspect_asked *asked, struct arena *arena, struct store_certificate *row)
{
	struct pki_certificate certificate;
	struct pki_sans names;
	const char *why;
	int error = pki_certificate_parse(issue->certificate, &certificate, &why);
	if (!error)
		error = inspect_names_read(&certificate, arena, &names);
	if (error)
		return error;
	*row = (struct store_certificate){.serial = issue->serial, .account = asked->account, .order = asked->order, .issuer = view_str(issue->issuer),
		.profile = view_str(issue->profile), .made = issue->time, .not_before = certificate.not_before, .not_after = certificate.not_after,
		.tbs = certificate.tbs, .der = issue->certificate, .names = arena_array(arena, names.count, sizeof(*row->names)), .name_count = names.count};
	if (!row->names)
		return XICA_ENOMEM;
	for (size_t i = 0; i < names.count; i++)
		row->names[i] = names.list[i].value;
	error = inspect_shard_of(&certificate, issue->issuer, &row->shard);
	if (error && error != XICA_ENOTFOUND)
		return error;
	return crypto_sha256(certificate.spki, row->spki_sha256);
}

static int take_issue(struct recovery *r, const json_t *line)
{
	cleanup_arena arena = ARENA_INIT;
	struct inspect_issue issue;
	struct inspect_asked asked = {0};
	struct store_certificate row;
	struct view csr = VIEW_NONE;
	const char *why;
	bool is_new = false;
	int error = inspect_issue_read(line, &arena, &issue, &why);
	if (!error)
		error = read_asked(&issue, &arena, &asked, &csr);
	if (!error && asked.account)
		error = bring_account(r, &issue, asked.account, &arena);
	if (error == XICA_EEXIST) { // its number was given to somebody else meanwhile
		r->found.without_account++;
		asked.account = 0;
		error = XICA_OK;
	}
	if (!error)
		error = fill_row(&issue, &asked, &arena, &row);
	if (!error)
		error = store_recover_certificate(r->txn, &row, &is_new);
	const struct store_order order = {.id = asked.order, .account = asked.account, .serial = row.serial, .csr = csr, .finalize_jws = issue.finalize};
	if (!error && asked.order)
		error = store_recover_order(r->txn, &order, row.not_after + STORE_ORDER_KEPT);
	if (error)
		return error;
	r->found.certificates += is_new;
	r->last_order = asked.order > r->last_order ? asked.order : r->last_order;
	return XICA_OK;
}

// --- other lines

static int take_revocation(struct recovery *r, const json_t *line)
{
	cleanup_buf serial = BUF_INIT;
	xica_time when;
	bool is_new = false;
	if (hex_decode(view_str(json_string_value(json_object_get(line, "serial"))), &serial) ||
	    clock_parse_rfc3339(view_str(json_string_value(json_object_get(line, "revoked_at"))), &when))
		return XICA_EPARSE;
	int error = store_recover_revocation(r->txn, buf_view(&serial), (unsigned)json_integer_value(json_object_get(line, "reason")), when, &is_new);
	r->found.revocations += !error && is_new;
	return error;
}

static int take_crl(struct recovery *r, const json_t *line)
{
	const char *issuer = json_string_value(json_object_get(line, "issuer"));
	json_int_t shard = json_integer_value(json_object_get(line, "shard")), number = json_integer_value(json_object_get(line, "number"));
	if (!issuer || shard < 0 || number < 0)
		return XICA_EPARSE;
	return store_recover_crl_number(r->txn, view_str(issuer), (uint32_t)shard, (uint64_t)number);
}

static int take_act(const struct inspect_act *act, void *context)
{
	struct recovery *r = context;
	return backup_act(r->txn, act, &r->found.acts);
}

static int take_line(const json_t *line, void *context)
{
	struct recovery *r = context;
	const char *kind = json_string_value(json_object_get(line, "kind"));
	json_int_t note = json_integer_value(json_object_get(line, "note"));
	if (r->subject.count)
		return XICA_ESIG;
	r->found.lines++;
	r->last_note = note > r->last_note ? note : r->last_note;
	if (kind && !strcmp(kind, "issue"))
		return take_issue(r, line);
	if (kind && !strcmp(kind, "revoke"))
		return take_revocation(r, line);
	if (kind && !strcmp(kind, "crl"))
		return take_crl(r, line);
	return kind && note > r->known_note ? inspect_acts_read(kind, line, take_act, r) : XICA_OK;
}

// --- all of it

static int begin(struct store_txn *txn, void *context)
{
	struct recovery *r = context;
	return store_operator_note_last(txn, &r->known_note);
}

static int read_stretch(struct store_txn *txn, void *context)
{
	struct recovery *r = context;
	r->txn = txn;
	int error = inspect_log_step(&r->log, r->end, take_line, r);
	return error == XICA_EAGAIN || (!error && !r->subject.count) ? XICA_OK : error ? error : XICA_ESIG;
}

// Notes that the log has are not told to it again.
static int finish(struct store_txn *txn, void *context)
{
	struct recovery *r = context;
	const struct store_audit_head head = {r->log.at, view_str(r->log.hash)};
	int error = r->last_note ? store_operator_note_done(txn, r->last_note) : XICA_OK;
	if (!error)
		error = store_recover_pending(txn);
	if (!error)
		error = store_recover_sequences(txn, r->last_order, r->last_note);
	return error ? error : store_audit_head_put(txn, &head);
}

static int whole_size(int fd, uint64_t *ret_size)
{
	struct stat is;
	return fstat(fd, &is) ? XICA_EIO : audit_whole_size(fd, (uint64_t)is.st_size, ret_size);
}

int backup_recover(struct store *store, const char *audit_log, uint64_t from, const char *hash, struct backup_recovered *ret_recovered, struct buf *why)
{
	struct recovery r = {.why = why, .subject = {.each = take_finding}};
	int fd = open(audit_log, O_RDONLY | O_CLOEXEC), error = fd < 0 ? XICA_EIO : XICA_OK;
	r.subject.context = &r;
	if (!error) {
		inspect_log_begin(&r.log, fd, &r.subject);
		r.log.at = from;
		(void)strncpy(r.log.hash, hash, AUDIT_HASH_HEX);
		error = whole_size(fd, &r.end);
	}
	if (!error)
		error = store_run(store, begin, &r);
	while (!error && r.log.at < r.end) {
		uint64_t before = r.log.at;
		error = store_run(store, read_stretch, &r);
		if (!error && r.log.at == before)
			error = XICA_EPARSE;
	}
	if (!error)
		error = store_run(store, finish, &r);
	if (error && !why->len)
		buf_addf(why, "%s: line %llu after the backup's: %s", audit_log, (unsigned long long)r.log.lines, fd < 0 ? strerror(errno) : xica_strerror(error));
	if (fd >= 0)
		(void)close(fd);
	if (!error)
		*ret_recovered = r.found;
	return error;
}
