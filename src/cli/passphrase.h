// Passphrases from a file or from the terminal, where nothing is shown and a new one is asked twice. Wipe what comes out (buf_wipe).
#pragma once
#include "base/buf.h"

// The first line of the file.
XICA_MUST_CHECK int passphrase_read(const char *path, struct buf *out, struct buf *why);
// XICA_EIO: there is no terminal. XICA_EDENIED: twice not the same, or empty; *why has a sentence.
XICA_MUST_CHECK int passphrase_ask(const char *prompt, bool twice, struct buf *out, struct buf *why);
