// Step 13: accounts' numbers that are not to be given, though no row has them: after a restore, those of accounts that were lost (recover.h). An account's URL may stand in CAA
// records (RFC 8657), and must never become somebody else's.
#include "store/schema.h"

const char SCHEMA_ACCOUNT_FLOOR[] =
	"CREATE TABLE account_floor ("
	" id INTEGER PRIMARY KEY CHECK (id = 1),"
	" last INTEGER NOT NULL"
	") STRICT;";
