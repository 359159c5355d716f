// What operating the CA wants: where the audit log ends (audit_head.h), when a certificate was made, and indexes that hold all that lists are filtered by: they are
// read instead of the rows themselves, which are a hundred times as long.
#include "store/schema.h"

const char SCHEMA_OPERATE[] =
	"CREATE TABLE audit_head ("
	" id INTEGER PRIMARY KEY CHECK (id = 1),"
	" size INTEGER NOT NULL,"
	" hash TEXT NOT NULL"
	") STRICT;"

	"ALTER TABLE certificate ADD COLUMN made INTEGER NOT NULL DEFAULT 0;" // 0: before this column; notBefore says it within an hour
	"CREATE INDEX certificate_listing ON certificate (id, status, profile, made, not_before, not_after);"
	"CREATE INDEX orders_listing ON orders (id, status, profile, created);"

	"DROP INDEX authz_holder;" // the next one does its work as well
	"CREATE INDEX authz_name ON authz (identifier, status);";
