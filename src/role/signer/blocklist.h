// Keys that are known to be compromised: the SHA-256 of their SubjectPublicKeyInfo, one a line in hex; '#' begins a remark.
// Read at start; thousands to a few millions of them are sorted bytes in memory.
#pragma once
#include "base/buf.h"

struct signer_blocklist {
	struct buf digests; // 32 bytes each, sorted
};

// A missing file is an empty list. XICA_EPARSE: *why names the line, appended.
XICA_MUST_CHECK int signer_blocklist_read(const char *path, struct signer_blocklist *ret_list, struct buf *why);
void signer_blocklist_free(struct signer_blocklist *list);
// XICA_EDENIED: the key is on the list. XICA_ECRYPTO.
XICA_MUST_CHECK int signer_blocklist_check(const struct signer_blocklist *list, struct view spki);
