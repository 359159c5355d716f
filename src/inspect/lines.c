#include "inspect/pass.h"

#include <string.h>
#include <sys/stat.h>

#include "base/hex.h"

// Which key sealed the receipts from here on; and that revocations have lines.
static int take_start(struct inspect_pass *run, const json_t *line)
{
	uint8_t digest[CRYPTO_SHA256_LEN];
	cleanup_buf hex = BUF_INIT;
	const char *named = json_string_value(json_object_get(line, "receipt_key"));
	if (!named)
		return XICA_OK;
	if (clock_parse_rfc3339(view_str(json_string_value(json_object_get(line, "time"))), &run->last_start))
		return XICA_OK;
	if (!run->revocations_since) {
		run->revocations_since = run->last_start;
		run->untold = run->last_issued;
	}
	int error = crypto_sha256(run->options->receipt_key, digest);
	hex_encode(&hex, view_bytes(digest, sizeof(digest)));
	if (!error)
		error = buf_error(&hex);
	bool fits = !error && view_equal_str(buf_view(&hex), named);
	if (fits && !run->key_fits)
		run->key_since = run->started ? run->last_start : 0;
	run->key_fits = fits;
	run->started = true;
	return error;
}

static int take_revocation(struct inspect_pass *run, const json_t *line)
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

static void take_restore(struct inspect_pass *run, const json_t *line)
{
	xica_time backup;
	run->restored = run->log.at;
	if (!clock_parse_rfc3339(view_str(json_string_value(json_object_get(json_object_get(line, "backup"), "made"))), &backup))
		inspect_orderless_restored(run, backup);
}

static int take_line(const json_t *line, void *context)
{
	struct inspect_pass *run = context;
	const char *kind = json_string_value(json_object_get(line, "kind"));
	if (!kind)
		return XICA_OK;
	if (!strcmp(kind, "issue"))
		return inspect_issuance(run, line);
	if (!strcmp(kind, "revoke"))
		return take_revocation(run, line);
	if (!strcmp(kind, "start"))
		return take_start(run, line);
	if (!strcmp(kind, "restore"))
		take_restore(run, line);
	if (!strcmp(kind, "crl"))
		return inspect_crl_note(&run->crls, line, run->log.at);
	if (!strcmp(kind, "ocsp-responder") && run->options->depth == INSPECT_ALL)
		inspect_responder(run, line);
	return inspect_acts_note(run, kind, line, json_integer_value(json_object_get(line, "note")));
}

// --- the log, stretch by stretch; each sees the database as it is then

static int read_log(struct inspect_pass *run, uint64_t size)
{
	int error;
	do {
		error = store_reader_begin(run->reader, &run->txn);
		if (error)
			return error;
		error = inspect_log_step(&run->log, size, take_line, run);
		store_reader_end(run->reader);
		inspect_tell(run, "log", run->log.at, size);
	} while (error == XICA_EAGAIN);
	return error;
}

int inspect_lines(struct inspect_pass *run)
{
	struct stat is;
	return fstat(run->fd, &is) ? XICA_EIO : read_log(run, (uint64_t)is.st_size);
}
