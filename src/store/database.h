// The database of a store, opened: its file, SQLite's settings, its schema.
#pragma once
#include <sqlite3.h>

#include "store/store.h"

// As store_open (store.h) says. The database is the caller's.
XICA_MUST_CHECK int database_open(const struct store_options *options, sqlite3 **ret_db, struct buf *why);
