// Step 9: when the last certificate of each issuer ends: for as long its status must be answered. Kept, since looking for it would be a scan.
#include "store/schema.h"

const char SCHEMA_ISSUER[] =
	"CREATE TABLE issuer_end ("
	" issuer TEXT PRIMARY KEY NOT NULL,"
	" not_after INTEGER NOT NULL"
	") STRICT, WITHOUT ROWID;"
	"INSERT INTO issuer_end (issuer, not_after) SELECT issuer, max(not_after) FROM certificate GROUP BY issuer;";
