// Step 3: what operators did, until the audit log has it (operator_note.h).
#include "store/schema.h"

const char SCHEMA_OPERATOR[] =
	"CREATE TABLE operator_note ("
	" id INTEGER PRIMARY KEY AUTOINCREMENT,"
	" time INTEGER NOT NULL,"
	" body TEXT NOT NULL CHECK (body <> '')"
	") STRICT;";
