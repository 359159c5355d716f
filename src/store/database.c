#include "store/database.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/schema.h"
#include "store/wal.h"

static int open_failed(sqlite3 *db, const char *path, const char *what, struct buf *why)
{
	buf_addf(why, "%s: %s: %s", path, what, db ? sqlite3_errmsg(db) : strerror(errno));
	return XICA_EIO;
}

// SQLite would make the file with the umask's mode, and does not sync the folder's entry.
static int create_file(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return errno == EEXIST ? 0 : XICA_EIO;
	(void)close(fd);
	const char *slash = strrchr(path, '/');
	char *folder = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
	if (!folder)
		return XICA_ENOMEM;
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(folder);
	int synced = fd < 0 ? -1 : fsync(fd);
	if (fd >= 0)
		(void)close(fd);
	return synced ? XICA_EIO : 0;
}

static int use_wal(sqlite3 *db)
{
	sqlite3_stmt *stmt = NULL;
	int code = sqlite3_prepare_v2(db, "PRAGMA journal_mode = WAL", -1, &stmt, NULL);
	bool wal = !code && sqlite3_step(stmt) == SQLITE_ROW && !strcmp((const char *)sqlite3_column_text(stmt, 0), "wal");
	(void)sqlite3_finalize(stmt);
	return wal ? 0 : XICA_EIO;
}

static int configure(sqlite3 *db, const struct store_options *options, struct buf *why)
{
	unsigned busy_ms = options->busy_ms ? options->busy_ms : 5000;
	(void)sqlite3_extended_result_codes(db, 1);
	if (sqlite3_busy_timeout(db, busy_ms > INT32_MAX ? INT32_MAX : (int)busy_ms) ||
	    sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL) ||
	    // a plan is made once, for all values: without this SQLite prepares some statements anew whenever other values are bound
	    sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_QPSG, 1, NULL) || sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL) ||
	    sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DML, 0, NULL) || sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DDL, 0, NULL) || use_wal(db))
		return open_failed(db, options->path, "write-ahead log", why);
	// A page that many commits changed is copied from the log into the database once: 16 MiB of log between two copies, not 4.
	// Temporary tables in memory: the sandbox lets nothing be made outside the database's folder.
	if (sqlite3_exec(db, "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY;"
			     "PRAGMA wal_autocheckpoint = 4096; PRAGMA cache_size = -16384; PRAGMA journal_size_limit = 67108864", NULL, NULL, NULL))
		return open_failed(db, options->path, "settings", why);
	cleanup_buf text = BUF_INIT;
	int error = schema_migrate(db, options->path, SCHEMA_STEPS, SCHEMA_STEP_COUNT, &text);
	if (error)
		buf_addf(why, "%s: %s", options->path, buf_cstr(&text) ? buf_cstr(&text) : "out of memory");
	if (!error && options->base && sqlite3_exec(db, "PRAGMA cache_spill = OFF", NULL, NULL, NULL)) // the steps may be long, and end all where one fails
		return open_failed(db, options->path, "settings", why);
	return error;
}

// A commit that changes nothing: a disk that can't be written is found now, and the log's file and folder entry are made, and the randomness for the log's
// salt is read, before a role locks itself in.
static int commit_once(sqlite3 *db, const struct store_options *options, struct buf *why)
{
	char text[48];
	uint8_t seed;
	sqlite3_randomness(sizeof(seed), &seed);
	(void)snprintf(text, sizeof(text), "PRAGMA user_version = %zu", SCHEMA_STEP_COUNT);
	return sqlite3_exec(db, text, NULL, NULL, NULL) ? open_failed(db, options->path, "writing", why) : 0;
}

int database_open(const struct store_options *options, sqlite3 **ret_db, struct buf *why)
{
	sqlite3 *db = NULL;
	// Nobody asks SQLite how much memory it has: counting costs a lock for each piece. Only the first database of a process can say so.
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	int error = create_file(options->path);
	// Units of a loop are small: the cache need not spill what one has changed before its commit (wal.h). Whoever has no loop may put all into one unit.
	const char *vfs = options->base ? WAL_VFS_NAME : NULL;
	if (error || !wal_vfs_register() || sqlite3_open_v2(options->path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, vfs))
		error = open_failed(db, options->path, "opening", why);
	if (!error)
		error = configure(db, options, why);
	if (!error)
		error = commit_once(db, options, why);
	if (error)
		(void)sqlite3_close(db);
	else
		*ret_db = db;
	return error;
}
