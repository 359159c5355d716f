#include "backup/manifest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hex.h"
#include "crypto/digest.h"
#include "jose/jws.h"

enum { MANIFEST_MAX = 4 << 20, FORMAT = 1, CHUNK = 1 << 20 };

// --- files

static int digest_of(int fd, size_t size, struct buf *sha256_out)
{
	uint8_t digest[CRYPTO_SHA256_LEN];
	void *bytes = size ? mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0) : NULL;
	if (bytes == MAP_FAILED)
		return XICA_EIO;
	int error = crypto_sha256(view_bytes(bytes, size), digest);
	if (bytes)
		(void)munmap(bytes, size);
	hex_encode(sha256_out, view_bytes(digest, sizeof(digest)));
	return error ? error : buf_error(sha256_out);
}

int backup_measure(const char *path, uint64_t *ret_size, struct buf *sha256_out)
{
	struct stat is;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return errno == ENOENT ? XICA_ENOTFOUND : XICA_EIO;
	int error = fstat(fd, &is) || !S_ISREG(is.st_mode) ? XICA_EIO : digest_of(fd, (size_t)is.st_size, sha256_out);
	(void)close(fd);
	if (!error)
		*ret_size = (uint64_t)is.st_size;
	return error;
}

static int copy_bytes(int from, int to, uint64_t most)
{
	uint8_t *room = malloc(CHUNK);
	int error = room ? XICA_OK : XICA_ENOMEM;
	ssize_t got = 1;
	while (!error && most && got > 0) {
		got = read(from, room, most < CHUNK ? (size_t)most : CHUNK);
		error = got < 0 ? XICA_EIO : file_write_all(to, view_bytes(room, (size_t)got));
		most -= got > 0 ? (uint64_t)got : 0;
	}
	free(room);
	return !error && fsync(to) ? XICA_EIO : error;
}

int backup_copy_file(const char *from, const char *to, uint64_t most)
{
	int source = open(from, O_RDONLY | O_CLOEXEC);
	if (source < 0)
		return errno == ENOENT ? XICA_ENOTFOUND : XICA_EIO;
	int target = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int error = target < 0 ? errno == EEXIST ? XICA_EEXIST : XICA_EIO : copy_bytes(source, target, most);
	if (target >= 0 && close(target) && !error)
		error = XICA_EIO;
	(void)close(source);
	return error;
}

// --- the manifest

int backup_manifest_add(json_t *manifest, const char *dir, const char *path)
{
	cleanup_buf whole = BUF_INIT, digest = BUF_INIT;
	uint64_t size = 0;
	buf_addf(&whole, "%s/%s", dir, path);
	int error = buf_cstr(&whole) ? backup_measure(buf_cstr(&whole), &size, &digest) : XICA_ENOMEM;
	if (error)
		return error;
	json_t *entry = json_pack("{s:s, s:I, s:s}", "path", path, "size", (json_int_t)size, "sha256", buf_cstr(&digest));
	return json_array_append_new(json_object_get(manifest, "files"), entry) ? XICA_ENOMEM : XICA_OK;
}

// Relative, and no part of it is empty or begins with a dot: so it stays in the folder. Printable, for it is told.
static bool is_inside(const char *path)
{
	if (!path || !*path)
		return false;
	for (const char *at = path; at; at = strchr(at, '/') ? strchr(at, '/') + 1 : NULL)
		if (*at == '.' || *at == '/' || !*at)
			return false;
	for (const char *at = path; *at; at++)
		if ((unsigned char)*at < ' ' || *at == 0x7f)
			return false;
	return true;
}

static bool is_hash(const json_t *value)
{
	const char *text = json_string_value(value);
	return text && json_string_length(value) == 2 * (size_t)CRYPTO_SHA256_LEN && strspn(text, "0123456789abcdef") == 2 * (size_t)CRYPTO_SHA256_LEN;
}

static bool is_size(const json_t *value)
{
	return json_is_integer(value) && json_integer_value(value) >= 0;
}

static bool is_file(const json_t *entry)
{
	return is_inside(json_string_value(json_object_get(entry, "path"))) && is_size(json_object_get(entry, "size")) && is_hash(json_object_get(entry, "sha256"));
}

static const json_t *find(const json_t *manifest, const char *path)
{
	const json_t *entry;
	size_t i;
	json_array_foreach(json_object_get(manifest, "files"), i, entry) {
		const char *is = json_string_value(json_object_get(entry, "path"));
		if (is && !strcmp(is, path))
			return entry;
	}
	return NULL;
}

// The log's end is the end of the file that is named, and the database was copied no later.
static bool is_end(const json_t *end, const json_t *log)
{
	const json_t *size = json_object_get(end, "size"), *since = json_object_get(end, "since");
	return is_size(size) && is_size(since) && json_integer_value(since) <= json_integer_value(size) && is_hash(json_object_get(end, "hash")) &&
	       json_equal(size, json_object_get(log, "size"));
}

static int check_members(const json_t *manifest, struct buf *why)
{
	const json_t *entry, *log;
	size_t i;
	const char *fault = NULL;
	if (json_integer_value(json_object_get(manifest, "format")) != FORMAT)
		fault = "this is not the manifest of a backup, or of one by a newer xica";
	json_array_foreach(json_object_get(manifest, "files"), i, entry)
		if (!fault && !is_file(entry))
			fault = "the manifest is not one of a backup";
	if (!fault && (!backup_has(manifest, BACKUP_DATABASE) || !(log = find(manifest, BACKUP_AUDIT_LOG))))
		fault = "the backup lacks the database or the audit log";
	if (!fault && !is_end(json_object_get(manifest, "audit"), log))
		fault = "the manifest does not say where the audit log ends";
	if (fault)
		buf_add_str(why, fault);
	return fault ? XICA_EPARSE : XICA_OK;
}

int backup_manifest_parse(struct view text, json_t **ret_manifest, struct buf *why)
{
	json_t *manifest = jose_json_parse(text);
	int error = check_members(manifest, why);
	if (error)
		json_decref(manifest);
	else
		*ret_manifest = manifest;
	return error;
}

static int check_file(const char *dir, const json_t *entry, struct buf *why)
{
	const char *path = json_string_value(json_object_get(entry, "path")), *expected = json_string_value(json_object_get(entry, "sha256"));
	cleanup_buf whole = BUF_INIT, digest = BUF_INIT;
	uint64_t size = 0;
	buf_addf(&whole, "%s/%s", dir, path);
	int error = buf_cstr(&whole) ? backup_measure(buf_cstr(&whole), &size, &digest) : XICA_ENOMEM;
	if (error) {
		buf_addf(why, "%s: %s", path, error == XICA_ENOTFOUND ? "is missing" : "can't be read");
		return error;
	}
	if ((json_int_t)size == json_integer_value(json_object_get(entry, "size")) && view_equal_str(buf_view(&digest), expected))
		return XICA_OK;
	buf_addf(why, "%s: is not what the manifest says: it was changed or cut off", path);
	return XICA_EPARSE;
}

int backup_manifest_check(const char *dir, json_t **ret_manifest, struct buf *why)
{
	cleanup_buf path = BUF_INIT, text = BUF_INIT;
	const json_t *entry;
	size_t i;
	buf_addf(&path, "%s/" BACKUP_MANIFEST, dir);
	int error = buf_cstr(&path) ? file_read(buf_cstr(&path), MANIFEST_MAX, &text) : XICA_ENOMEM;
	if (error) {
		buf_addf(why, "%s: %s", buf_cstr(&path), strerror(errno));
		return error;
	}
	json_t *manifest = NULL;
	if ((error = backup_manifest_parse(buf_view(&text), &manifest, why))) {
		buf_addf(why, " (%s)", buf_cstr(&path));
		return error;
	}
	json_array_foreach(json_object_get(manifest, "files"), i, entry)
		if (!error)
			error = check_file(dir, entry, why);
	if (error)
		json_decref(manifest);
	else
		*ret_manifest = manifest;
	return error;
}

bool backup_has(const json_t *manifest, const char *path)
{
	return find(manifest, path) != NULL;
}
