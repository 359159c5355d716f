// A copy of a database that is in use, of one moment.
#pragma once
#include "store/store.h"

// Makes to (mode 0600; XICA_EEXIST: it is there), on disk when this returns. Whoever writes the database meanwhile is not held up. XICA_EIO: why says it.
XICA_MUST_CHECK int store_copy(const char *from, const char *to, struct buf *why);
