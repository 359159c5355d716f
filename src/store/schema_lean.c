// Step 14: indexes that hold less. Each page of an index that an order's way changes is written again at its commits: what an index was only filtered by is read from the
// rows, and rows that a query never looks for do not stand in its index. And what an order was finalized by stands beside it, in a table of its own: it is ten times as long as
// the rest of the row, which changes again and again, and which lists are read from.
#include "store/schema.h"

const char SCHEMA_LEAN[] =
	"CREATE TABLE order_request ("
	" order_id INTEGER PRIMARY KEY REFERENCES orders (id) ON DELETE CASCADE,"
	" csr BLOB NOT NULL,"
	" finalize_jws TEXT NOT NULL"
	") STRICT;"
	"INSERT INTO order_request SELECT id, csr, finalize_jws FROM orders WHERE csr <> x'';"
	"ALTER TABLE orders DROP COLUMN csr;"
	"ALTER TABLE orders DROP COLUMN finalize_jws;"
	"DROP INDEX orders_listing;"

	"DROP INDEX authz_identifier;" // of those that may be used there are few
	"CREATE INDEX authz_identifier ON authz (account_id, identifier) WHERE status IN (1, 2);"
	"DROP INDEX authz_name;"
	"CREATE INDEX authz_name ON authz (identifier);"
	"DROP INDEX authz_keep;"
	"CREATE INDEX authz_keep ON authz (keep_until) WHERE status IN (3, 4, 5, 6);"
	"DROP INDEX orders_account;"
	"CREATE INDEX orders_account ON orders (account_id, id);"
	"DROP INDEX orders_keep;"
	"CREATE INDEX orders_keep ON orders (keep_until) WHERE status IN (4, 5);"
	"DROP INDEX certificate_person;"
	"CREATE INDEX certificate_person ON certificate (person_id) WHERE person_id IS NOT NULL;"
	"DROP INDEX statistic_what;"
	"CREATE INDEX statistic_what ON statistic (what);";
