// Step 15: indexes of rows in some states say so by a bound. Of a list of more than two values SQLite makes a table at each row that is written, to look the state up in it: that
// was half of what an authorization cost.
#include "store/schema.h"

const char SCHEMA_BOUNDS[] =
	"DROP INDEX authz_keep;"
	"CREATE INDEX authz_keep ON authz (keep_until) WHERE status > 2;"
	"DROP INDEX orders_replaces;"
	"CREATE UNIQUE INDEX orders_replaces ON orders (replaces) WHERE replaces <> x'' AND status < 5;"
	"DROP INDEX orders_review;"
	"CREATE INDEX orders_review ON orders (id) WHERE review = 1 AND status < 4;";
