#include "store/reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/schema.h"
#include "store/sql.h"

struct store_reader {
	struct store_txn txn;
};

enum { BUSY_MS = 10000 };

// Read-write, since a write-ahead log can't be read otherwise where nobody else has it open; the next pragma forbids every change.
static int open_file(struct store_reader *reader, const char *path, struct buf *why)
{
	sqlite3 **db = &reader->txn.db;
	if (access(path, F_OK)) {
		buf_addf(why, "%s: %s", path, strerror(errno));
		return XICA_ENOTFOUND;
	}
	if (sqlite3_open_v2(path, db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) || sqlite3_busy_timeout(*db, BUSY_MS) ||
	    sqlite3_db_config(*db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL) ||
	    sqlite3_exec(*db, "PRAGMA query_only = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -65536", NULL, NULL, NULL)) {
		buf_addf(why, "%s: %s", path, sqlite3_errmsg(*db));
		return XICA_EIO;
	}
	(void)sqlite3_extended_result_codes(*db, 1);
	return XICA_OK;
}

int store_reader_open(const char *path, struct store_reader **ret_reader, struct buf *why)
{
	struct store_reader *reader = calloc(1, sizeof(*reader));
	cleanup_buf text = BUF_INIT;
	if (!reader)
		return XICA_ENOMEM;
	int error = open_file(reader, path, why);
	if (!error && (error = schema_is_current(reader->txn.db, SCHEMA_STEP_COUNT, &text)))
		buf_addf(why, "%s: %s", path, buf_cstr(&text) ? buf_cstr(&text) : xica_strerror(error));
	if (error)
		store_reader_close(reader);
	else
		*ret_reader = reader;
	return error;
}

void store_reader_close(struct store_reader *reader)
{
	if (!reader)
		return;
	sql_close_cache(&reader->txn);
	(void)sqlite3_close(reader->txn.db);
	free(reader);
}

int store_reader_begin(struct store_reader *reader, struct store_txn **ret_txn)
{
	int error = sql_control(&reader->txn, "BEGIN");
	if (!error)
		*ret_txn = &reader->txn;
	return error;
}

void store_reader_end(struct store_reader *reader)
{
	if (sql_control(&reader->txn, "COMMIT"))
		(void)sqlite3_exec(reader->txn.db, "ROLLBACK", NULL, NULL, NULL);
}

int store_reader_quick_check(struct store_reader *reader, struct buf *why)
{
	sqlite3_stmt *stmt = NULL;
	int code = sqlite3_prepare_v2(reader->txn.db, "PRAGMA quick_check(1)", -1, &stmt, NULL);
	if (!code)
		code = sqlite3_step(stmt);
	const char *said = code == SQLITE_ROW ? (const char *)sqlite3_column_text(stmt, 0) : sqlite3_errmsg(reader->txn.db);
	bool whole = code == SQLITE_ROW && said && !strcmp(said, "ok");
	if (!whole)
		buf_add_str(why, said ? said : "out of memory");
	(void)sqlite3_finalize(stmt);
	return whole ? XICA_OK : XICA_EPARSE;
}
