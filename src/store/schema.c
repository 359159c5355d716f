#include "store/schema.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "store/sql.h"

// Statuses are the numbers of the enums in the aggregates' headers; times are seconds since 1970. Where rows are deleted and their number was shown to
// somebody, AUTOINCREMENT keeps it from being used again.
static const char TABLES[] =
	"CREATE TABLE account ("
	" id INTEGER PRIMARY KEY,"
	" status INTEGER NOT NULL CHECK (status BETWEEN 1 AND 3),"
	" thumbprint BLOB NOT NULL UNIQUE CHECK (length(thumbprint) = 32),"
	" created INTEGER NOT NULL,"
	" terms_agreed INTEGER NOT NULL,"
	" eab_kid TEXT NOT NULL,"
	" contacts TEXT NOT NULL,"
	" jwk TEXT NOT NULL"
	") STRICT;"

	"CREATE TABLE key_change ("
	" id INTEGER PRIMARY KEY,"
	" account_id INTEGER NOT NULL REFERENCES account (id),"
	" old_thumbprint BLOB NOT NULL CHECK (length(old_thumbprint) = 32),"
	" new_thumbprint BLOB NOT NULL CHECK (length(new_thumbprint) = 32),"
	" time INTEGER NOT NULL,"
	" jws TEXT NOT NULL"
	") STRICT;"
	"CREATE INDEX key_change_account ON key_change (account_id, id);"

	"CREATE TABLE eab_key ("
	" kid TEXT PRIMARY KEY NOT NULL CHECK (kid <> ''),"
	" mac_key BLOB NOT NULL CHECK (length(mac_key) >= 32),"
	" note TEXT NOT NULL,"
	" created INTEGER NOT NULL,"
	" account_id INTEGER REFERENCES account (id),"
	" revoked INTEGER NOT NULL DEFAULT 0"
	") STRICT, WITHOUT ROWID;"
	"CREATE INDEX eab_key_account ON eab_key (account_id);"

	"CREATE TABLE authz ("
	" id INTEGER PRIMARY KEY AUTOINCREMENT,"
	" account_id INTEGER NOT NULL REFERENCES account (id),"
	" identifier TEXT NOT NULL CHECK (identifier <> ''),"
	" identifier_type INTEGER NOT NULL CHECK (identifier_type IN (1, 2)),"
	" wildcard INTEGER NOT NULL CHECK (wildcard IN (0, 1)),"
	" status INTEGER NOT NULL CHECK (status BETWEEN 1 AND 6),"
	" created INTEGER NOT NULL,"
	" expires INTEGER NOT NULL,"
	" keep_until INTEGER NOT NULL" // the latest of its own expiry and what its orders need
	") STRICT;"
	"CREATE INDEX authz_identifier ON authz (account_id, identifier, identifier_type, wildcard, status, expires);"
	"CREATE INDEX authz_live ON authz (expires) WHERE status IN (1, 2);"
	"CREATE INDEX authz_keep ON authz (keep_until);"

	"CREATE TABLE challenge ("
	" authz_id INTEGER NOT NULL REFERENCES authz (id) ON DELETE CASCADE,"
	" type TEXT NOT NULL CHECK (type <> ''),"
	" position INTEGER NOT NULL,"
	" status INTEGER NOT NULL CHECK (status BETWEEN 1 AND 4),"
	" validated INTEGER NOT NULL DEFAULT 0,"
	" attempts INTEGER NOT NULL DEFAULT 0,"
	" token TEXT NOT NULL CHECK (token <> ''),"
	" error TEXT NOT NULL DEFAULT '',"
	" PRIMARY KEY (authz_id, type)"
	") STRICT, WITHOUT ROWID;"
	"CREATE INDEX challenge_processing ON challenge (authz_id) WHERE status = 2;"

	"CREATE TABLE receipt ("
	" authz_id INTEGER NOT NULL REFERENCES authz (id) ON DELETE CASCADE,"
	" kind INTEGER NOT NULL CHECK (kind IN (1, 2)),"
	" method INTEGER NOT NULL,"
	" expires INTEGER NOT NULL,"
	" bytes BLOB NOT NULL,"
	" PRIMARY KEY (authz_id, kind)"
	") STRICT, WITHOUT ROWID;"

	"CREATE TABLE orders ("
	" id INTEGER PRIMARY KEY AUTOINCREMENT,"
	" account_id INTEGER NOT NULL REFERENCES account (id),"
	" status INTEGER NOT NULL CHECK (status BETWEEN 1 AND 5),"
	" created INTEGER NOT NULL,"
	" expires INTEGER NOT NULL,"
	" keep_until INTEGER NOT NULL," // expiry; once valid, that of the certificate
	" not_before INTEGER NOT NULL,"
	" not_after INTEGER NOT NULL,"
	" profile TEXT NOT NULL,"
	" names_hash BLOB NOT NULL CHECK (length(names_hash) = 32),"
	" serial BLOB NOT NULL DEFAULT x'',"
	" error TEXT NOT NULL DEFAULT '',"
	" csr BLOB NOT NULL DEFAULT x'',"
	" finalize_jws TEXT NOT NULL DEFAULT ''"
	") STRICT;"
	"CREATE INDEX orders_account ON orders (account_id, id, status);"
	"CREATE INDEX orders_reusable ON orders (account_id, names_hash) WHERE status IN (1, 2);"
	"CREATE INDEX orders_processing ON orders (id) WHERE status = 3;"
	"CREATE INDEX orders_unfinished ON orders (expires) WHERE status IN (1, 2);"
	"CREATE INDEX orders_keep ON orders (keep_until);"

	"CREATE TABLE order_authz ("
	" order_id INTEGER NOT NULL REFERENCES orders (id) ON DELETE CASCADE,"
	" position INTEGER NOT NULL,"
	" authz_id INTEGER NOT NULL REFERENCES authz (id),"
	" PRIMARY KEY (order_id, position)"
	") STRICT, WITHOUT ROWID;"
	"CREATE UNIQUE INDEX order_authz_authz ON order_authz (authz_id, order_id);"

	"CREATE TABLE certificate ("
	" id INTEGER PRIMARY KEY,"
	" serial BLOB NOT NULL UNIQUE CHECK (length(serial) BETWEEN 1 AND 20),"
	" account_id INTEGER REFERENCES account (id),"
	" order_id INTEGER," // no reference: orders are deleted, certificates are not
	" issuer TEXT NOT NULL,"
	" shard INTEGER NOT NULL,"
	" profile TEXT NOT NULL,"
	" not_before INTEGER NOT NULL,"
	" not_after INTEGER NOT NULL,"
	" status INTEGER NOT NULL CHECK (status BETWEEN 1 AND 4),"
	" revoked_at INTEGER NOT NULL DEFAULT 0,"
	" reason INTEGER NOT NULL DEFAULT 0 CHECK (reason BETWEEN 0 AND 10),"
	" on_crl INTEGER NOT NULL DEFAULT 0," // revoked, and not so long expired that no CRL needs it
	" spki_sha256 BLOB NOT NULL CHECK (length(spki_sha256) = 32),"
	" names TEXT NOT NULL,"
	" tbs BLOB NOT NULL,"
	" der BLOB NOT NULL DEFAULT x''"
	") STRICT;"
	"CREATE INDEX certificate_account ON certificate (account_id);"
	"CREATE INDEX certificate_pending ON certificate (id) WHERE status = 1;"
	"CREATE INDEX certificate_key ON certificate (spki_sha256) WHERE status = 2;"
	"CREATE INDEX certificate_on_crl ON certificate (issuer, shard, serial, not_after, revoked_at, reason) WHERE on_crl = 1;"
	"CREATE INDEX certificate_delist ON certificate (not_after) WHERE on_crl = 1;"

	"CREATE TABLE certificate_name ("
	" name TEXT NOT NULL,"
	" certificate_id INTEGER NOT NULL," // written together; a reference would want another index
	" PRIMARY KEY (name, certificate_id)"
	") STRICT, WITHOUT ROWID;"

	"CREATE TABLE certificate_expiry (" // how many issued, unrevoked certificates expire on a day: counting them would be a scan
	" day INTEGER PRIMARY KEY,"
	" active INTEGER NOT NULL"
	") STRICT;"

	"CREATE TABLE crl_shard ("
	" issuer TEXT NOT NULL,"
	" shard INTEGER NOT NULL,"
	" revision INTEGER NOT NULL,"
	" PRIMARY KEY (issuer, shard)"
	") STRICT, WITHOUT ROWID;"

	"CREATE TABLE crl ("
	" issuer TEXT NOT NULL,"
	" shard INTEGER NOT NULL,"
	" number INTEGER NOT NULL,"
	" this_update INTEGER NOT NULL,"
	" next_update INTEGER NOT NULL,"
	" revision INTEGER NOT NULL,"
	" der BLOB NOT NULL,"
	" PRIMARY KEY (issuer, shard)"
	") STRICT;"

	"CREATE TABLE blocked_key ("
	" spki_sha256 BLOB PRIMARY KEY NOT NULL CHECK (length(spki_sha256) = 32),"
	" time INTEGER NOT NULL,"
	" reason TEXT NOT NULL"
	") STRICT, WITHOUT ROWID;";

const char *const SCHEMA_STEPS[] = {TABLES, SCHEMA_SITE, SCHEMA_OPERATOR, SCHEMA_CODE, SCHEMA_REST, SCHEMA_RENEWAL, SCHEMA_LIMIT, SCHEMA_SUBDOMAINS, SCHEMA_ISSUER, SCHEMA_OPERATE, SCHEMA_BLOCK, SCHEMA_ORDER_NAMES,
	SCHEMA_ACCOUNT_FLOOR, SCHEMA_LEAN, SCHEMA_BOUNDS};
const size_t SCHEMA_STEP_COUNT = sizeof(SCHEMA_STEPS) / sizeof(SCHEMA_STEPS[0]);

enum { APPLICATION_ID = 0x78696361 }; // "xica"

static int failed(sqlite3 *db, const char *what, struct buf *why)
{
	buf_addf(why, "%s: %s", what, sqlite3_errmsg(db));
	int error = sql_error_from(sqlite3_extended_errcode(db));
	return error ? error : XICA_EIO;
}

static int pragma_int(sqlite3 *db, const char *pragma, int64_t *ret_value)
{
	sqlite3_stmt *stmt = NULL;
	int code = sqlite3_prepare_v2(db, pragma, -1, &stmt, NULL);
	if (!code)
		code = sqlite3_step(stmt);
	int64_t value = code == SQLITE_ROW ? sqlite3_column_int64(stmt, 0) : 0;
	(void)sqlite3_finalize(stmt);
	if (code != SQLITE_ROW)
		return XICA_EIO;
	*ret_value = value;
	return 0;
}

static int read_version(sqlite3 *db, size_t count, struct buf *why, int64_t *ret_version)
{
	int64_t application, version, schema;
	if (pragma_int(db, "PRAGMA application_id", &application) || pragma_int(db, "PRAGMA user_version", &version) ||
	    pragma_int(db, "SELECT count(*) FROM sqlite_schema", &schema))
		return failed(db, "reading the database's version", why);
	if (application != APPLICATION_ID && (application || version || schema)) {
		buf_add_str(why, "this is a database of another program");
		return XICA_EUNSUPPORTED;
	}
	if (version < 0 || (uint64_t)version > count) {
		buf_addf(why, "the database has schema version %lld, written by a newer xica; this one knows up to %zu",
			 (long long)version, count);
		return XICA_EUNSUPPORTED;
	}
	*ret_version = version;
	return 0;
}

int schema_is_current(sqlite3 *db, size_t count, struct buf *why)
{
	int64_t version;
	int error = read_version(db, count, why, &version);
	if (error || (size_t)version == count)
		return error;
	buf_addf(why, "the database has schema version %lld, and this xica works with %zu: a start of xicad brings it up to date", (long long)version, count);
	return XICA_EUNSUPPORTED;
}

static int copy_pages(sqlite3 *db, sqlite3 *to)
{
	sqlite3_backup *backup = sqlite3_backup_init(to, "main", db, "main");
	if (!backup)
		return XICA_EIO;
	int code = sqlite3_backup_step(backup, -1);
	(void)sqlite3_backup_finish(backup);
	return code == SQLITE_DONE ? 0 : XICA_EIO;
}

// The copy is whole or not there: written under another name, renamed when it is on disk.
static int keep_copy(sqlite3 *db, const char *path, int64_t version, struct buf *why)
{
	cleanup_buf name = BUF_INIT, partial = BUF_INIT;
	buf_addf(&name, "%s.schema-%lld", path, (long long)version);
	buf_addf(&partial, "%s.schema-%lld.partial", path, (long long)version);
	if (!buf_cstr(&name) || !buf_cstr(&partial))
		return XICA_ENOMEM;
	(void)unlink(buf_cstr(&partial));
	int fd = open(buf_cstr(&partial), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	sqlite3 *to = NULL;
	int error = fd < 0 ? XICA_EIO : 0;
	if (!error && (sqlite3_open_v2(buf_cstr(&partial), &to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) || copy_pages(db, to)))
		error = XICA_EIO;
	(void)sqlite3_close(to);
	if (!error && (fsync(fd) || rename(buf_cstr(&partial), buf_cstr(&name))))
		error = XICA_EIO;
	if (error)
		buf_addf(why, "keeping a copy of the database as %s: %s", buf_cstr(&name), strerror(errno));
	if (fd >= 0)
		(void)close(fd);
	return error;
}

static int do_step(sqlite3 *db, const char *step, int64_t version, struct buf *why)
{
	char done[96];
	(void)snprintf(done, sizeof(done), "PRAGMA user_version = %lld; PRAGMA application_id = %d", (long long)version, APPLICATION_ID);
	const char *const parts[] = {"BEGIN IMMEDIATE", step, done, "COMMIT"};
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (!sqlite3_exec(db, parts[i], NULL, NULL, NULL))
			continue;
		char what[64];
		(void)snprintf(what, sizeof(what), "changing the database to schema version %lld", (long long)version);
		int error = failed(db, what, why);
		(void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
		return error;
	}
	return 0;
}

int schema_migrate(sqlite3 *db, const char *path, const char *const *steps, size_t count, struct buf *why)
{
	int64_t version;
	int error = read_version(db, count, why, &version);
	if (!error && version && (size_t)version < count)
		error = keep_copy(db, path, version, why);
	for (size_t i = (size_t)version; !error && i < count; i++)
		error = do_step(db, steps[i], (int64_t)i + 1, why);
	return error;
}
