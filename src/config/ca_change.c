#include "config/ca_change.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hex.h"
#include "config/ca_index.h"
#include "crypto/digest.h"
#include "pki/pem.h"

enum { FILE_MAX_LEN = 1 << 20, DIGEST_SHOWN = 8, NAME_MAX_LEN = 48 }; // a CN has room for 64 (RFC 5280 appendix A.1), and more than NAME stands in it

int ca_change_fail(struct ca_change *change, int error, const char *name, const char *what)
{
	buf_addf(change->why, "%s: %s", name, what);
	return error;
}

static int make_folders(struct ca_change *c)
{
	static const struct {
		const char *name;
		mode_t mode;
	} FOLDERS[] = {{NULL, 0755}, {"certificates", 0755}, {"keys", 0700}};
	for (size_t i = 0; i < sizeof(FOLDERS) / sizeof(FOLDERS[0]); i++) {
		const char *path = FOLDERS[i].name ? ca_index_path(c->dir, NULL, FOLDERS[i].name, &c->arena) : c->dir;
		int error = path ? file_make_folder(path, FOLDERS[i].mode) : XICA_ENOMEM;
		if (error)
			return ca_change_fail(c, error, path ? path : c->dir,
					      errno == ENOENT   ? "can't make this folder: the one above it is missing"
					      : errno == EACCES ? "can't make this folder: permission denied"
								: "can't make this folder");
	}
	return XICA_OK;
}

static int lock(struct ca_change *c)
{
	const char *path = ca_index_path(c->dir, NULL, "ca.lock", &c->arena);
	if (!path)
		return XICA_ENOMEM;
	c->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (c->lock < 0)
		return ca_change_fail(c, errno == ENOENT ? XICA_ENOTFOUND : XICA_EIO, path, strerror(errno));
	if (flock(c->lock, LOCK_EX | LOCK_NB))
		return ca_change_fail(c, XICA_EAGAIN, path, "another 'xica ca' is at work on this folder");
	return XICA_OK;
}

static int load(struct ca_change *c, bool create)
{
	const char *path = ca_index_path(c->dir, NULL, "ca.json", &c->arena);
	if (!path)
		return XICA_ENOMEM;
	if (!create || file_exists(path))
		return ca_index_read(c->dir, &c->index, c->why);
	c->index = ca_index_new();
	return c->index ? XICA_OK : XICA_ENOMEM;
}

int ca_change_begin(const char *dir, bool create, struct buf *why, struct ca_change *ret_change)
{
	struct ca_change c = {.dir = dir, .lock = -1, .arena = ARENA_INIT, .why = why};
	int error = create ? make_folders(&c) : XICA_OK;
	if (!error)
		error = lock(&c);
	if (!error)
		error = load(&c, create);
	if (error)
		ca_change_end(&c);
	else
		*ret_change = c;
	return error;
}

int ca_change_commit(struct ca_change *change)
{
	int error = ca_index_write(change->dir, change->index);
	return error ? ca_change_fail(change, error, change->dir, "can't write ca.json") : XICA_OK;
}

void ca_change_end(struct ca_change *change)
{
	json_decref(change->index);
	if (change->lock >= 0)
		(void)close(change->lock);
	arena_free(&change->arena);
	*change = (struct ca_change){.lock = -1, .arena = ARENA_INIT};
}

static int write_public(struct ca_change *c, const char *name, struct view content)
{
	const char *path = ca_index_path(c->dir, "certificates", name, &c->arena);
	int error = path ? file_replace(path, 0644, content) : XICA_ENOMEM;
	return error ? ca_change_fail(c, error, name, xica_strerror(error)) : XICA_OK;
}

int ca_change_certificate(struct ca_change *change, const char *kind, const char *id, struct view der, const char **ret_name)
{
	uint8_t digest[CRYPTO_SHA256_LEN];
	cleanup_buf hex = BUF_INIT, pem = BUF_INIT;
	int error = crypto_sha256(der, digest);
	if (error)
		return error;
	hex_encode(&hex, view_bytes(digest, DIGEST_SHOWN / 2));
	pem_write(&pem, PEM_CERTIFICATE, der);
	const char *name = buf_cstr(&hex) ? arena_printf(&change->arena, "%s-%s-%s.pem", kind, id, buf_cstr(&hex)) : NULL;
	error = name ? buf_error(&pem) : XICA_ENOMEM;
	if (!error)
		error = write_public(change, name, buf_view(&pem));
	if (!error)
		*ret_name = name;
	return error;
}

int ca_change_crl(struct ca_change *change, const char *id, struct view der, const char **ret_name)
{
	const char *name = arena_printf(&change->arena, "root-%s.crl", id);
	int error = name ? write_public(change, name, der) : XICA_ENOMEM;
	if (!error)
		*ret_name = name;
	return error;
}

int ca_change_key(struct ca_change *change, const char *name, const struct crypto_key *key, struct view passphrase)
{
	struct buf pem = BUF_INIT;
	const char *path = ca_index_path(change->dir, "keys", name, &change->arena);
	int error = path ? crypto_key_to_pem(key, passphrase, &pem) : XICA_ENOMEM;
	if (!error)
		error = file_create(path, 0600, buf_view(&pem));
	buf_wipe(&pem);
	return error ? ca_change_fail(change, error, path ? path : name, xica_strerror(error)) : XICA_OK;
}

int ca_change_read_key(struct ca_change *change, const char *name, struct view passphrase, struct crypto_key **ret_key)
{
	struct buf pem = BUF_INIT;
	const char *path = ca_index_path(change->dir, "keys", name, &change->arena);
	int error = path ? file_read(path, FILE_MAX_LEN, &pem) : XICA_ENOMEM;
	if (error == XICA_ENOTFOUND)
		return ca_change_fail(change, error, path, "the key is not here; is it off-line?");
	if (!error)
		error = crypto_key_from_pem(buf_view(&pem), passphrase, ret_key);
	buf_wipe(&pem);
	if (error)
		return ca_change_fail(change, error, path ? path : name,
				      error == XICA_EDENIED ? "the passphrase is missing or wrong" : xica_strerror(error));
	return XICA_OK;
}

int ca_change_read_certificate(struct ca_change *change, const char *name, struct view *ret_der)
{
	cleanup_buf text = BUF_INIT, der = BUF_INIT;
	const char *path = ca_index_path(change->dir, "certificates", name, &change->arena);
	int error = path ? file_read(path, FILE_MAX_LEN, &text) : XICA_ENOMEM;
	struct view cursor = buf_view(&text);
	if (!error)
		error = pem_read(&cursor, PEM_CERTIFICATE, &der);
	if (error)
		return ca_change_fail(change, error, path ? path : name, xica_strerror(error));
	struct view copy = arena_copy(&change->arena, buf_view(&der));
	if (!copy.ptr)
		return XICA_ENOMEM;
	*ret_der = copy;
	return XICA_OK;
}

int ca_change_list(struct ca_change *change, const char *list, json_t *entry)
{
	json_t *entries = json_object_get(change->index, list);
	if (!entry)
		return XICA_ENOMEM;
	if (json_array_size(entries) >= CA_LIST_MAX) {
		json_decref(entry);
		return ca_change_fail(change, XICA_ERANGE, list, "there are too many already");
	}
	size_t at = strcmp(list, "requests") == 0 ? json_array_size(entries) : 0;
	return json_array_insert_new(entries, at, entry) ? XICA_ENOMEM : XICA_OK;
}

static bool is_name(const char *text)
{
	json_t *string = json_string(text); // NULL for what is no UTF-8
	size_t len = strlen(text);
	bool good = string && len && len <= NAME_MAX_LEN;
	for (const char *c = text; *c; c++)
		good &= (unsigned char)*c >= 0x20 && *c != 0x7f;
	json_decref(string);
	return good;
}

static int remember(struct ca_change *c, const char *what, const char **value)
{
	if (*value)
		return json_object_set_new(c->index, what, json_string(*value)) ? XICA_ENOMEM : XICA_OK;
	*value = json_string_value(json_object_get(c->index, what));
	return XICA_OK;
}

int ca_change_names(struct ca_change *change, struct ca_init *init)
{
	int error = init->name && !is_name(init->name) ? XICA_EINVAL : remember(change, "name", &init->name);
	if (!init->name)
		return ca_change_fail(change, XICA_EINVAL, "--name is missing", "the CA's name, which stands in the certificates' subjects");
	if (error)
		return ca_change_fail(change, XICA_EINVAL, init->name, "not a name for a CA: at most 48 bytes of UTF-8");
	return remember(change, "http_url", &init->http_url);
}
