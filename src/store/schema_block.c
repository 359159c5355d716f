// Step 11: names and networks that operators want nothing to do with. key: of a name, its labels from the last to the first with a dot behind each, so that what is below it
// stands right behind it.
#include "store/schema.h"

const char SCHEMA_BLOCK[] =
	"CREATE TABLE blocked ("
	" kind INTEGER NOT NULL CHECK (kind IN (1, 2)),"
	" key TEXT NOT NULL CHECK (key <> ''),"
	" value TEXT NOT NULL CHECK (value <> '')," // as people write it
	" below INTEGER NOT NULL CHECK (below IN (0, 1))," // of a name: and all names below it
	" reason TEXT NOT NULL,"
	" who TEXT NOT NULL,"
	" time INTEGER NOT NULL,"
	" PRIMARY KEY (kind, key)"
	") STRICT, WITHOUT ROWID;";
