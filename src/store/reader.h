// A look into a database beside whoever writes it: nothing is changed, migrated or locked. For commands that inspect, copy and restore.
#pragma once
#include "store/store.h"

struct store_reader;

// XICA_EUNSUPPORTED: of another schema version, or another program's; why says which. XICA_ENOTFOUND, XICA_EIO.
XICA_MUST_CHECK int store_reader_open(const char *path, struct store_reader **ret_reader, struct buf *why);
void store_reader_close(struct store_reader *reader); // NULL is fine
// What is read between the two is of one moment. The txn is for functions that read. Short: as long as it is open the write-ahead log grows.
XICA_MUST_CHECK int store_reader_begin(struct store_reader *reader, struct store_txn **ret_txn);
void store_reader_end(struct store_reader *reader);
// Is the file whole, as far as its own structure says (PRAGMA quick_check)? XICA_EPARSE: why says what is wrong. Takes as long as reading it.
XICA_MUST_CHECK int store_reader_quick_check(struct store_reader *reader, struct buf *why);
