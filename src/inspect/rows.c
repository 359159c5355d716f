#include "inspect/pass.h"

#include "base/hex.h"

static void say_of(struct inspect_pass *run, struct view serial, const char *code, const char *text)
{
	cleanup_buf hex = BUF_INIT;
	hex_encode(&hex, serial);
	run->subject.serial = buf_cstr(&hex);
	inspect_say(&run->subject, code, "%s", text);
	run->subject.serial = NULL;
}

static bool has_line(const struct inspect_pass *run, const struct store_inspect_entry *entry)
{
	bool issued = entry->status == STORE_CERTIFICATE_ISSUED || entry->status == STORE_CERTIFICATE_REVOKED;
	bool revoked = entry->status == STORE_CERTIFICATE_REVOKED && run->revocations_since && entry->revoked_at >= run->revocations_since;
	return (!issued || inspect_seen_has(&run->issued, entry->id)) && (!revoked || inspect_seen_has(&run->revoked, entry->id));
}

// Those that may only not have been read of yet.
static int keep_absent(struct inspect_pass *run, const struct store_inspect_entry *entry)
{
	if (run->absent_count == INSPECT_WAITING_MAX) {
		run->subject.count++; // of so many, nobody wants each named
		return XICA_OK;
	}
	struct store_inspect_entry *kept = &run->absent[run->absent_count++];
	*kept = *entry;
	kept->serial = arena_copy(&run->absent_arena, entry->serial);
	return kept->serial.ptr ? XICA_OK : XICA_ENOMEM;
}

static int read_rows(struct inspect_pass *run, int64_t *after, uint64_t *names, bool *ret_more)
{
	cleanup_arena arena = ARENA_INIT;
	struct store_inspect_entry *list;
	size_t count;
	int error = store_inspect_entries(run->txn, *after, run->last, INSPECT_ROWS_AT_ONCE, &arena, &list, &count);
	for (size_t i = 0; !error && i < count; i++) {
		*after = list[i].id;
		*names += list[i].names;
		if (!has_line(run, &list[i]))
			error = keep_absent(run, &list[i]);
	}
	*ret_more = !error && count == INSPECT_ROWS_AT_ONCE;
	return error;
}

int inspect_rows(struct inspect_pass *run)
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
		inspect_tell(run, "database", (uint64_t)after, (uint64_t)run->last);
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
int inspect_rows_absent(struct inspect_pass *run)
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

int inspect_rows_waiting(struct inspect_pass *run)
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
