#include "cli/ca_root_key.h"

#include <string.h>

#include "base/file.h"
#include "cli/passphrase.h"
#include "config/ca_index.h"

// Is the key that we are to open encrypted at all? Where that can't be seen, the question is asked.
static bool is_encrypted(const struct ca_options *options, const struct ca_root_key *key)
{
	cleanup_buf why = BUF_INIT;
	cleanup_arena arena = ARENA_INIT;
	struct buf pem = BUF_INIT;
	json_t *index = NULL;
	const char *path = key->path.len ? (const char *)key->path.ptr : NULL;
	if (!path && !ca_index_read(options->dir, &index, &why)) {
		const char *name = json_string_value(json_object_get(json_array_get(json_object_get(index, "roots"), 0), "key"));
		path = name ? ca_index_path(options->dir, "keys", name, &arena) : NULL;
	}
	json_decref(index);
	bool plain = path && !file_read(path, 1 << 20, &pem) && memmem(pem.ptr, pem.len, "-----BEGIN PRIVATE KEY-----", 27);
	buf_wipe(&pem);
	return !plain;
}

static const char *prompt_of(enum ca_root_key_use use)
{
	switch (use) {
	case CA_ROOT_KEY_NEW: return "A passphrase for the new root's key: ";
	case CA_ROOT_KEY_OPEN: return "The passphrase of the root's key: ";
	case CA_ROOT_KEY_OPEN_OLD: return "The passphrase of the older root's key: ";
	}
	return "Passphrase: ";
}

static int get_passphrase(const struct ca_options *o, enum ca_root_key_use use, struct ca_root_key *key, struct buf *why)
{
	const char *file = use == CA_ROOT_KEY_OPEN_OLD ? o->old_passphrase_file : o->passphrase_file;
	if (file)
		return passphrase_read(file, &key->passphrase, why);
	if (use == CA_ROOT_KEY_NEW ? o->no_passphrase : !is_encrypted(o, key))
		return XICA_OK;
	return passphrase_ask(prompt_of(use), use == CA_ROOT_KEY_NEW, &key->passphrase, why);
}

int ca_root_key_get(const struct ca_options *options, enum ca_root_key_use use, struct ca_root_key *ret_key)
{
	struct ca_root_key key = {BUF_INIT, BUF_INIT};
	cleanup_buf why = BUF_INIT;
	const char *path = use == CA_ROOT_KEY_OPEN_OLD ? options->old_root_key : options->root_key;
	int error = path ? ca_absolute_path(path, &key.path) : XICA_OK;
	if (!error && path && !buf_cstr(&key.path))
		error = XICA_ENOMEM;
	if (!error)
		error = get_passphrase(options, use, &key, &why);
	if (error) {
		ca_root_key_free(&key);
		return cli_failed("ca", "%s", why.len ? buf_cstr(&why) : xica_strerror(error));
	}
	*ret_key = key;
	return CLI_OK;
}

void ca_root_key_put(struct ca_root_key *key, struct ca_init *init)
{
	init->root_key_file = key->path.len ? buf_cstr(&key->path) : NULL;
	init->passphrase = buf_view(&key->passphrase);
}

void ca_root_key_free(struct ca_root_key *key)
{
	buf_free(&key->path);
	buf_wipe(&key->passphrase);
}
