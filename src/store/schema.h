// The database's tables, as a list of steps from an empty file to what this version uses. A step, once released, never changes: the next change is another step.
// PRAGMA user_version counts the steps done.
#pragma once
#include <sqlite3.h>

#include "base/buf.h"

extern const char SCHEMA_SITE[];         // step 2 (schema_site.c)
extern const char SCHEMA_OPERATOR[];     // step 3 (schema_operator.c)
extern const char SCHEMA_CODE[];         // step 4 (schema_code.c)
extern const char SCHEMA_REST[];         // step 5 (schema_rest.c)
extern const char SCHEMA_RENEWAL[];      // step 6 (schema_renewal.c)
extern const char SCHEMA_LIMIT[];        // step 7 (schema_limit.c)
extern const char SCHEMA_SUBDOMAINS[];   // step 8 (schema_subdomains.c)
extern const char SCHEMA_ISSUER[];       // step 9 (schema_issuer.c)
extern const char SCHEMA_OPERATE[];      // step 10 (schema_operate.c)
extern const char SCHEMA_BLOCK[];        // step 11 (schema_block.c)
extern const char SCHEMA_ORDER_NAMES[];  // step 12 (schema_order_names.c)
extern const char SCHEMA_ACCOUNT_FLOOR[]; // step 13 (schema_account_floor.c)
extern const char SCHEMA_LEAN[];         // step 14 (schema_lean.c)
extern const char SCHEMA_BOUNDS[];       // step 15 (schema_bounds.c)
extern const char *const SCHEMA_STEPS[]; // SQL, one or more statements each
extern const size_t SCHEMA_STEP_COUNT;

// Were exactly these steps done? XICA_EUNSUPPORTED: why says what to do. Changes nothing.
XICA_MUST_CHECK int schema_is_current(sqlite3 *db, size_t count, struct buf *why);

// Does the steps that are missing, each in a transaction of its own. Before it changes a database that has a version, a copy is written to
// PATH.schema-VERSION (mode 0600). Appends what went wrong to why. XICA_EUNSUPPORTED: more steps were done than there are, or the file is another program's.
XICA_MUST_CHECK int schema_migrate(sqlite3 *db, const char *path, const char *const *steps, size_t count, struct buf *why);
