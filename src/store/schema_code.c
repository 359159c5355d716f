// Step 4: the letters of email-01. They go with their authorization.
#include "store/schema.h"

const char SCHEMA_CODE[] =
	"CREATE TABLE code_letter ("
	" authz_id INTEGER PRIMARY KEY REFERENCES authz (id) ON DELETE CASCADE,"
	" address TEXT NOT NULL,"
	" count INTEGER NOT NULL CHECK (count >= 0),"
	" asked INTEGER NOT NULL,"
	" expires INTEGER NOT NULL DEFAULT 0,"
	" tries_left INTEGER NOT NULL DEFAULT 0 CHECK (tries_left >= 0)"
	") STRICT;";
