// Letters of a CA to play with, which has no relay: one file each, as it would have gone to the relay.
#pragma once
#include "base/buf.h"

// FOLDER/TIME-LETTER.eml, whole or not at all; names sort by time. *last (0 at first) keeps two letters of one moment apart. XICA_EIO, XICA_EDENIED: errno stands.
XICA_MUST_CHECK int mailer_folder_write(const char *folder, struct view letter, struct view text, int64_t *last);
