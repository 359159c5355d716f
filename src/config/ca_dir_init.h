// The ceremony's acts on a CA's folder, without the talk: for `xica ca` and for xicad's first start with --dev.
// Each is one change of the index: losing power in the middle leaves the old state or the new one.
#pragma once
#include "config/ca_dir.h"

struct ca_init {
	const char *dir;
	const char *name;             // stands in the subjects: "Example Federation", at most 48 bytes; NULL: that of the folder
	enum crypto_key_type key_type; // P-256, P-384 or RSA
	unsigned bits;                // of RSA
	struct view passphrase;       // of the root's key; empty: not encrypted
	const char *root_key_file;    // where the root's key is written or read; NULL: DIR/keys/root-ID.key
	const char *http_url;         // base of the status URLs in the intermediate; NULL: those of the folder, if any
	xica_time now;
};

// A root and an intermediate. XICA_EEXIST: there is a CA already. On any failure *why has a sentence, appended.
XICA_MUST_CHECK int ca_init(const struct ca_init *init, struct buf *why);
// Roll-over: a new intermediate below the newest root, whose key is needed (root_key_file, passphrase). It issues from now on.
XICA_MUST_CHECK int ca_init_intermediate(const struct ca_init *init, struct buf *why);
// Roll-over: a new root with its own intermediate, which issues from now on. older: how the newest root so far is opened, to cross-sign the new
// one, so that peers which trust only the older still verify; NULL: no cross certificate.
XICA_MUST_CHECK int ca_init_root(const struct ca_init *init, const struct ca_init *older, struct buf *why);
// The newest root's own CRL anew, for another 400 days; its key is needed. issuer_id: also revokes that intermediate (NULL: none), for a
// reason of RFC 5280 §5.3.1. The one that issues now can't be revoked: make another first.
XICA_MUST_CHECK int ca_init_crl(const struct ca_init *init, const char *issuer_id, unsigned reason, struct buf *why);
