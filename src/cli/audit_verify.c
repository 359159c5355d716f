// xica audit verify: is the signer's log whole?
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/audit.h"
#include "cli/cli.h"
#include "cli/operator.h"
#include "cli/place.h"
#include "role/audit/chain.h"
#include "role/audit/read.h"
#include "store/audit_head.h"
#include "store/reader.h"

struct verdict {
	uint64_t lines;      // good ones
	const char *fault;   // NULL: none
	uint64_t fault_line; // 0: none in particular
	bool end_known;      // the database says where the log ends
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

// --- told

static int tell_json(const char *path, const struct verdict *verdict)
{
	json_t *all = json_pack("{s:s, s:b, s:I, s:b}", "log", path, "whole", verdict->fault == NULL, "lines", (json_int_t)verdict->lines, "end_known",
				verdict->end_known);
	if (verdict->fault)
		(void)json_object_set_new(all, "detail", verdict->fault_line ? json_sprintf("line %" PRIu64 " %s", verdict->fault_line, verdict->fault)
									    : json_string(verdict->fault));
	operator_print_json(all);
	json_decref(all);
	return verdict->fault ? CLI_FAILED : CLI_OK;
}

static int tell(const char *path, const struct verdict *verdict)
{
	if (verdict->fault && verdict->fault_line)
		return cli_failed("audit", "%s: line %" PRIu64 " %s", path, verdict->fault_line, verdict->fault);
	if (verdict->fault)
		return cli_failed("audit", "%s: %s", path, verdict->fault);
	printf("%s: whole, %" PRIu64 " lines%s\n", path, verdict->lines, verdict->end_known ? ", and ends where the database says" : "");
	return CLI_OK;
}

static int verify(const struct audit_options *options, const char *path, const char *database)
{
	struct verdict verdict = {0};
	errno = 0;
	int error = look(path, database, &verdict);
	if (error)
		return cli_failed("audit", "%s can't be read: %s", path, errno ? strerror(errno) : xica_strerror(error));
	return options->json ? tell_json(path, &verdict) : tell(path, &verdict);
}

int audit_verb_verify(const struct audit_options *options, const char *file)
{
	cleanup_buf why = BUF_INIT;
	struct config config;
	if (file)
		return verify(options, file, NULL);
	if (cli_place_config(options->dev_dir, options->config_file, &config, &why))
		return cli_failed("audit", "%s", buf_cstr(&why));
	int code = verify(options, config.audit_log, config.database);
	config_free(&config);
	return code;
}
