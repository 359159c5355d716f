// Step 6: renewal by RFC 9773. Of the orders that say to replace a certificate one alone may be anything but invalid: the index sees to it. What a certificate was replaced by
// stays when the order is long gone.
#include "store/schema.h"

const char SCHEMA_RENEWAL[] =
	"CREATE TABLE renewal_call ("
	" serial BLOB PRIMARY KEY NOT NULL CHECK (length(serial) BETWEEN 1 AND 20),"
	" time INTEGER NOT NULL,"
	" explanation TEXT NOT NULL" // URL; empty: none
	") STRICT, WITHOUT ROWID;"
	"ALTER TABLE orders ADD COLUMN replaces BLOB NOT NULL DEFAULT x'';" // serial
	"CREATE UNIQUE INDEX orders_replaces ON orders (replaces) WHERE replaces <> x'' AND status IN (1, 2, 3, 4);"
	"ALTER TABLE certificate ADD COLUMN replaced_by BLOB NOT NULL DEFAULT x'';"; // serial
