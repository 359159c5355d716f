#include "inspect/pass.h"

#include <time.h>

#include "store/order.h"

enum { LOOKS = 12 };

static bool has_line(const struct inspect_pass *run, const struct store_inspect_entry *entry)
{
	bool issued = entry->status == STORE_CERTIFICATE_ISSUED || entry->status == STORE_CERTIFICATE_REVOKED;
	bool told = run->revocations_since && (entry->id > run->untold || entry->revoked_at >= run->revocations_since);
	bool revoked = entry->status == STORE_CERTIFICATE_REVOKED && told;
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
			inspect_say_of(run, entry->serial, "not-in-log", "the database says that it was issued, and the audit log does not");
			continue;
		}
		if (has_line(run, entry))
			continue;
		int error = store_inspect_note_waits(run->txn, entry->serial, &waits);
		if (error)
			return error;
		if (!waits)
			inspect_say_of(run, entry->serial, "not-in-log", "the database says that it was revoked, and the audit log does not");
	}
	return XICA_OK;
}

// Without an order it is the operator's own, which a start of xicad takes up and ends: one from before the last start is none.
static int is_under_way(struct inspect_pass *run, const struct store_certificate *certificate, struct arena *arena, bool *ret_is)
{
	struct store_order order;
	*ret_is = certificate->made >= run->last_start;
	if (!certificate->order)
		return XICA_OK;
	int error = store_order_by_id(run->txn, certificate->order, arena, &order);
	*ret_is = !error && order.status == STORE_ORDER_PROCESSING && order.account == certificate->account;
	return error == XICA_ENOTFOUND ? XICA_OK : error;
}

static int check_pending(struct inspect_pass *run, bool last_look, bool *ret_doubt)
{
	cleanup_arena arena = ARENA_INIT;
	struct view *serials;
	size_t count;
	int error = store_certificate_list_pending(run->txn, INSPECT_WAITING_MAX, &arena, &serials, &count);
	*ret_doubt = false;
	for (size_t i = 0; !error && i < count; i++) {
		struct store_certificate certificate;
		bool is = false;
		error = store_certificate_get(run->txn, serials[i], &arena, &certificate);
		if (!error)
			error = is_under_way(run, &certificate, &arena, &is);
		*ret_doubt = *ret_doubt || (!error && !is);
		if (!error && !is && last_look)
			inspect_say_of(run, serials[i], "row-status", "the database says that it is being issued, and no order waits for it");
	}
	return error;
}

// Right after a start what was under way before it is not ended yet.
int inspect_rows_pending(struct inspect_pass *run)
{
	static const struct timespec A_WHILE = {.tv_nsec = 250000000};
	bool doubt = true;
	int error = XICA_OK;
	for (unsigned looks = LOOKS; !error && doubt && looks; looks--) {
		if (looks < LOOKS)
			(void)nanosleep(&A_WHILE, NULL);
		if ((error = store_reader_begin(run->reader, &run->txn)))
			return error;
		error = check_pending(run, looks == 1, &doubt);
		store_reader_end(run->reader);
	}
	return error;
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
