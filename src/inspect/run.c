#include "inspect/pass.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/hex.h"
#include "store/audit_head.h"

void inspect_tell(const struct inspect_pass *run, const char *what, uint64_t done, uint64_t all)
{
	if (run->options->progress)
		run->options->progress(&(struct inspect_progress){what, done, all, run->subject.count}, run->options->context);
}

void inspect_say_of(struct inspect_pass *run, struct view serial, const char *code, const char *text)
{
	cleanup_buf hex = BUF_INIT;
	hex_encode(&hex, serial);
	run->subject.serial = buf_cstr(&hex);
	inspect_say(&run->subject, code, "%s", text);
	run->subject.serial = NULL;
}

static void check_end(struct inspect_pass *run)
{
	if (run->log.head_size > run->log.at)
		inspect_say(&run->subject, "log-cut", "the log ends at byte %llu, and the database knows of its end at %llu: lines were cut off",
			    (unsigned long long)run->log.at, (unsigned long long)run->log.head_size);
	else if (run->log.head_size && !run->log.at_head)
		inspect_say(&run->subject, "log-chain", "the line that ends at byte %llu is not the one that the database knows: the log was written anew",
			    (unsigned long long)run->log.head_size);
}

static int begin(struct inspect_pass *run)
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

static int finish(struct inspect_pass *run)
{
	int error = store_reader_begin(run->reader, &run->txn);
	if (error)
		return error;
	error = inspect_acts(run);
	if (!error)
		error = inspect_rows_absent(run);
	if (!error)
		error = inspect_rows_waiting(run);
	if (!error)
		error = inspect_crls(run);
	store_reader_end(run->reader);
	if (!error)
		check_end(run);
	if (!error)
		inspect_orderless_say(run);
	return error;
}

static int inspect(struct inspect_pass *run)
{
	static int (*const STEPS[])(struct inspect_pass *) = {begin, inspect_lines, inspect_rows, inspect_accounts, inspect_orders, inspect_receipts, inspect_lines,
		inspect_rows_pending, finish};
	int error = XICA_OK;
	for (size_t i = 0; !error && i < sizeof(STEPS) / sizeof(STEPS[0]); i++)
		error = STEPS[i](run);
	return error;
}

int inspect_run(const struct inspect_options *options, struct inspect_summary *ret_summary, struct buf *why)
{
	struct inspect_pass *run = calloc(1, sizeof(*run));
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
	inspect_expected_free(&run->expected);
	buf_free(&run->retired);
	buf_free(&run->retired_id);
	arena_free(&run->waiting_arena);
	arena_free(&run->absent_arena);
	arena_free(&run->orderless_arena);
	free(run);
	return error;
}
