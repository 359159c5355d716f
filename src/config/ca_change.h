// One change of a CA's folder: files are written beside those that the index names, and the change happens when the new index takes the
// old one's place. Whatever breaks off before leaves the old state, with a few files that nobody speaks of.
#pragma once
#include <jansson.h>

#include "config/ca_dir_init.h"

struct ca_change {
	const char *dir;
	json_t *index;
	int lock;          // holds DIR/ca.lock: one ceremony at a time
	struct arena arena;
	struct buf *why;   // borrowed: where sentences go
};

// create: an absent folder or index is made, else XICA_ENOTFOUND. XICA_EAGAIN: another ceremony is under way. Ends itself on failure.
XICA_MUST_CHECK int ca_change_begin(const char *dir, bool create, struct buf *why, struct ca_change *ret_change);
XICA_MUST_CHECK int ca_change_commit(struct ca_change *change);
void ca_change_end(struct ca_change *change); // without a commit before: nothing has changed

// Writes "certificates/KIND-ID-DIGEST.pem"; *ret_name is in the change's arena.
XICA_MUST_CHECK int ca_change_certificate(struct ca_change *change, const char *kind, const char *id, struct view der,
					  const char **ret_name);
// Writes a key: name in DIR/keys, or an absolute path. Never over another file: XICA_EEXIST.
XICA_MUST_CHECK int ca_change_key(struct ca_change *change, const char *name, const struct crypto_key *key, struct view passphrase);
// Reads one. XICA_EDENIED: the passphrase.
XICA_MUST_CHECK int ca_change_read_key(struct ca_change *change, const char *name, struct view passphrase, struct crypto_key **ret_key);
XICA_MUST_CHECK int ca_change_crl(struct ca_change *change, const char *id, struct view der, const char **ret_name);
// The DER of a certificate that the index names, in the change's arena.
XICA_MUST_CHECK int ca_change_read_certificate(struct ca_change *change, const char *name, struct view *ret_der);
// Puts entry (taken over, also on failure) before the others of "issuers" or "roots", or behind them in "requests".
XICA_MUST_CHECK int ca_change_list(struct ca_change *change, const char *list, json_t *entry);
// The CA's name and http_url: what init says is remembered in the index, what it leaves out (NULL) is taken from there. XICA_EINVAL: a name that is none
// (empty, over 48 bytes, not UTF-8, with control characters), or none at all.
XICA_MUST_CHECK int ca_change_names(struct ca_change *change, struct ca_init *init);
// Appends a sentence about path or name to why, and returns error.
int ca_change_fail(struct ca_change *change, int error, const char *name, const char *what);
