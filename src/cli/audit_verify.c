// xica audit verify: is the signer's log whole, and is the database's every row as it tells?
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/audit.h"
#include "cli/audit_findings.h"
#include "cli/cli.h"
#include "cli/operator.h"
#include "cli/place.h"
#include "inspect/run.h"
#include "role/audit/chain.h"
#include "role/audit/read.h"
#include "store/audit_head.h"
#include "store/reader.h"

struct verdict {
	uint64_t lines;      // good ones
	const char *fault;   // NULL: none
	uint64_t fault_line; // 0: none in particular
	bool end_known;      // the database says where the log ends
	bool rows_known;     // the database's rows were held against the log
	struct buf rows_why; // why they were not; empty: nobody wanted it, or the log has a fault
	uint64_t certificates;
	struct audit_findings found; // in the rows
};

// --- line by line

static int check_lines(int fd, struct verdict *verdict)
{
	struct audit_check check;
	struct stat is;
	int error = fstat(fd, &is) ? XICA_EIO : XICA_EAGAIN;
	audit_check_begin(&check, fd, error == XICA_EAGAIN ? (uint64_t)is.st_size : 0);
	while (error == XICA_EAGAIN)
		error = audit_check_step(&check);
	verdict->lines = check.lines;
	audit_check_end(&check);
	if (error != XICA_ESIG && error != XICA_EPARSE)
		return error;
	verdict->fault_line = verdict->lines + 1;
	verdict->fault = error == XICA_EPARSE ? "is no line of an audit log"
					      : "is not what its digest says, or does not follow from the line before it: one of them was changed, or something between "
						"them was taken out, put in or moved";
	return XICA_OK;
}

// --- the end, as the database knows it

static int read_head(const char *database, struct arena *arena, struct store_audit_head *ret_head)
{
	struct store_reader *reader = NULL;
	struct store_txn *txn;
	cleanup_buf why = BUF_INIT;
	int error = store_reader_open(database, &reader, &why);
	if (error)
		return error;
	error = store_reader_begin(reader, &txn);
	if (!error) {
		error = store_audit_head_get(txn, arena, ret_head);
		store_reader_end(reader);
	}
	store_reader_close(reader);
	return error;
}

static int check_end(int fd, const struct store_audit_head *head, struct verdict *verdict)
{
	cleanup_buf line = BUF_INIT;
	struct stat is;
	char hash[AUDIT_HASH_HEX + 1] = "";
	if (fstat(fd, &is))
		return XICA_EIO;
	if ((uint64_t)is.st_size < head->size) {
		verdict->fault = "lines were cut off at its end: the database knows of more";
		return XICA_OK;
	}
	struct audit_cursor cursor = audit_cursor_at_end(fd, head->size);
	int error = audit_line_before(&cursor, &line);
	if (!error)
		error = audit_chain_hash(buf_view(&line), hash);
	if (!error && !view_equal_str(head->hash, hash))
		verdict->fault = "it was written anew: the database knows of another line";
	return error;
}

static int look(const char *path, const char *database, struct verdict *verdict)
{
	cleanup_arena arena = ARENA_INIT;
	struct store_audit_head head;
	bool known = database && !read_head(database, &arena, &head); // before the log, which is written first
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return XICA_ENOTFOUND;
	int error = check_lines(fd, verdict);
	if (!error && !verdict->fault && known)
		error = check_end(fd, &head, verdict);
	verdict->end_known = known;
	(void)close(fd);
	return error;
}

// --- the rows, as the log tells of them

static bool can_be_opened(const char *database, struct buf *why)
{
	struct store_reader *reader = NULL;
	int error = store_reader_open(database, &reader, why);
	if (error && !why->len)
		buf_add_str(why, xica_strerror(error));
	store_reader_close(reader);
	return error == XICA_OK;
}

static int check_rows(const char *path, const char *database, struct verdict *verdict, struct buf *why)
{
	struct inspect_summary summary = {0};
	if (!can_be_opened(database, &verdict->rows_why))
		return XICA_OK;
	const struct inspect_options inspection = {.depth = INSPECT_ROWS, .audit_log = path, .database = database, .now = clock_now(), .each = audit_findings_take,
		.progress = audit_findings_progress, .context = &verdict->found};
	int error = inspect_run(&inspection, &summary, why);
	audit_findings_finish(&verdict->found);
	verdict->rows_known = !error;
	verdict->certificates = summary.certificates;
	return error;
}

// --- told

static int code_of(const struct verdict *verdict)
{
	return verdict->fault || verdict->found.count ? CLI_FAILED : CLI_OK;
}

static int tell_json(const char *path, struct verdict *verdict)
{
	json_t *all = json_pack("{s:s, s:b, s:I, s:b, s:b}", "log", path, "whole", verdict->fault == NULL, "lines", (json_int_t)verdict->lines, "end_known",
				verdict->end_known, "rows_known", verdict->rows_known);
	if (verdict->fault)
		(void)json_object_set_new(all, "detail", verdict->fault_line ? json_sprintf("line %" PRIu64 " %s", verdict->fault_line, verdict->fault)
									    : json_string(verdict->fault));
	if (verdict->rows_why.len)
		(void)json_object_set_new(all, "rows_detail", json_string(buf_cstr(&verdict->rows_why)));
	if (verdict->rows_known) {
		(void)json_object_set_new(all, "certificates", json_integer((json_int_t)verdict->certificates));
		(void)json_object_set(all, "findings", verdict->found.list);
		(void)json_object_set_new(all, "finding_count", json_integer((json_int_t)verdict->found.count));
	}
	operator_print_json(all);
	json_decref(all);
	return code_of(verdict);
}

static int tell(const char *path, struct verdict *verdict)
{
	if (verdict->fault && verdict->fault_line)
		return cli_failed("audit", "%s: line %" PRIu64 " %s", path, verdict->fault_line, verdict->fault);
	if (verdict->fault)
		return cli_failed("audit", "%s: %s", path, verdict->fault);
	bool right = verdict->rows_known && !verdict->found.count;
	printf("%s: whole, %lld %s%s", path, CLI_COUNTED(verdict->lines, "line", "lines"),
	       !verdict->end_known ? "" : right ? ", ends where the database says" : ", and ends where the database says");
	if (right)
		printf(", and %lld %s as it tells", CLI_COUNTED(verdict->certificates, "certificate is", "certificates are"));
	else if (verdict->rows_known)
		printf("; the database is not as it tells: %lld %s", CLI_COUNTED(verdict->found.count, "finding", "findings"));
	else if (verdict->rows_why.len)
		printf("; the database's rows were not looked at: %s", buf_cstr(&verdict->rows_why));
	(void)putchar('\n');
	return code_of(verdict);
}

static int verify(const struct audit_options *options, const char *path, const char *database)
{
	struct verdict verdict = {.rows_why = BUF_INIT};
	cleanup_buf why = BUF_INIT;
	audit_findings_begin(&verdict.found, options->common.json);
	errno = 0;
	int error = look(path, database, &verdict), code;
	if (error)
		buf_addf(&why, "%s can't be read: %s", path, errno ? strerror(errno) : xica_strerror(error));
	else if (database && !verdict.fault)
		error = check_rows(path, database, &verdict, &why);
	if (error)
		code = cli_failed("audit", "%s", why.len ? buf_cstr(&why) : xica_strerror(error));
	else
		code = options->common.json ? tell_json(path, &verdict) : tell(path, &verdict);
	buf_free(&verdict.rows_why);
	audit_findings_free(&verdict.found);
	return code;
}

int audit_verb_verify(const void *command)
{
	const struct audit_options *options = command;
	const char *file = options->common.operand;
	cleanup_buf why = BUF_INIT;
	struct config config;
	if (file)
		return verify(options, file, NULL);
	if (cli_place_config(options->common.dev_dir, options->common.config_file, &config, &why))
		return cli_failed("audit", "%s", buf_cstr(&why));
	int code = verify(options, config.audit_log, config.database);
	config_free(&config);
	return code;
}
