// The root's key as the options say it: where it is, and its passphrase from a file, the terminal, or none.
#pragma once
#include "cli/ca.h"

struct ca_root_key {
	struct buf path;       // empty: where the CA's folder says
	struct buf passphrase; // wiped by ca_root_key_free
};

enum ca_root_key_use { CA_ROOT_KEY_NEW, CA_ROOT_KEY_OPEN, CA_ROOT_KEY_OPEN_OLD };

// Says itself what failed; returns enum cli_exit.
int ca_root_key_get(const struct ca_options *options, enum ca_root_key_use use, struct ca_root_key *ret_key);
void ca_root_key_put(struct ca_root_key *key, struct ca_init *init); // into init, which borrows it
void ca_root_key_free(struct ca_root_key *key);
