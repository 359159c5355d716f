// Step 7: how often something may happen. One row for each that is limited, with a number that says when it may happen again (base/rate.h); nothing is counted by looking through
// rows. What operators decided otherwise for one account, domain or address stands beside it.
#include "store/schema.h"

const char SCHEMA_LIMIT[] =
	"CREATE TABLE rate_limit ("
	" kind INTEGER NOT NULL,"
	" subject TEXT NOT NULL CHECK (subject <> ''),"
	" tat INTEGER NOT NULL," // microseconds since 1970
	" note TEXT NOT NULL," // for people: what the subject stands for
	" PRIMARY KEY (kind, subject)"
	") STRICT, WITHOUT ROWID;"
	"CREATE INDEX rate_limit_over ON rate_limit (tat);"

	"CREATE TABLE rate_override ("
	" kind INTEGER NOT NULL,"
	" owner TEXT NOT NULL CHECK (owner <> '')," // account, domain or address
	" rate TEXT NOT NULL," // as base/rate.h writes it
	" reason TEXT NOT NULL,"
	" time INTEGER NOT NULL,"
	" PRIMARY KEY (kind, owner)"
	") STRICT, WITHOUT ROWID;"

	"ALTER TABLE orders ADD COLUMN counted INTEGER NOT NULL DEFAULT 0 CHECK (counted IN (0, 1));"; // as a certificate for its domains
