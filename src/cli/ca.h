// xica ca: what its verbs share.
#pragma once
#include "cli/cli.h"
#include "config/ca_dir_init.h"

struct ca_options {
	const char *dir, *name, *root_key, *old_root_key, *passphrase_file, *old_passphrase_file, *http_url, *out, *issuer, *revoke, *reason,
		*config_file, *dev_dir, *import, *retire;
	enum crypto_key_type key_type;
	unsigned bits;
	bool key_type_given, no_passphrase, new_intermediate, new_root, no_cross, make_default, json, begin, outside;
};

// The verbs; words are what stands behind the options.
int ca_verb_init(const struct ca_options *options, char **words, int count);
int ca_verb_csr(const struct ca_options *options, char **words, int count);
int ca_verb_import(const struct ca_options *options, char **words, int count);
int ca_verb_show(const struct ca_options *options, char **words, int count);
int ca_verb_rollover(const struct ca_options *options, char **words, int count);
int ca_verb_crl(const struct ca_options *options, char **words, int count);

// ca_note.c: notes what was done ("new-intermediate", "new-root", "import", "crl", "revoke", "retire"), and to which one (NULL: none in particular), in the audit log of the xicad that
// -c or --dev names, where it runs.
void ca_note(const struct ca_options *options, const char *act, const char *id);

// A path that a later run finds from anywhere: absolute. Appends; XICA_ENOTFOUND when its folder isn't there.
XICA_MUST_CHECK int ca_absolute_path(const char *path, struct buf *out);
struct ca_init ca_init_of(const struct ca_options *options);
