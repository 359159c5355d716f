#include "backup/make.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backup/files.h"
#include "backup/manifest.h"
#include "base/file.h"
#include "role/audit/audit.h"
#include "role/audit/chain.h"
#include "role/audit/read.h"
#include "store/copy.h"
#include "store/reader.h"

struct making {
	const struct backup_options *options;
	const char *dir;
	json_t *manifest;
	uint64_t since;          // where the audit log ended before the database was copied: what is behind may be in the one and not in the other
	struct buf *why;
};

static int failed(struct making *m, const char *what, int error)
{
	if (!m->why->len)
		buf_addf(m->why, "%s: %s", what, error == XICA_EIO && errno ? strerror(errno) : xica_strerror(error));
	return error;
}

static int add(struct making *m, const char *from, const char *path, uint64_t most)
{
	cleanup_buf to = BUF_INIT;
	buf_addf(&to, "%s/%s", m->dir, path);
	int error = buf_cstr(&to) ? backup_copy_file(from, buf_cstr(&to), most) : XICA_ENOMEM;
	if (!error)
		error = backup_manifest_add(m->manifest, m->dir, path);
	return error ? failed(m, from, error) : XICA_OK;
}

static int add_if_there(struct making *m, const char *from, const char *path)
{
	return file_exists(from) ? add(m, from, path, UINT64_MAX) : XICA_OK;
}

// --- what changes while it is copied

static int whole_lines(const char *path, uint64_t *ret_size)
{
	struct stat is;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? XICA_ENOTFOUND : XICA_EIO;
	int error = fstat(fd, &is) ? XICA_EIO : audit_whole_size(fd, (uint64_t)is.st_size, ret_size);
	(void)close(fd);
	return error;
}

static int add_database(struct making *m)
{
	int error = whole_lines(m->options->config->audit_log, &m->since);
	if (error)
		return failed(m, m->options->config->audit_log, error);
	cleanup_buf to = BUF_INIT;
	struct store_reader *reader = NULL;
	buf_addf(&to, "%s/" BACKUP_DATABASE, m->dir);
	error = buf_cstr(&to) ? store_copy(m->options->config->database, buf_cstr(&to), m->why) : XICA_ENOMEM;
	if (!error)
		error = store_reader_open(buf_cstr(&to), &reader, m->why);
	if (!error)
		error = store_reader_quick_check(reader, m->why);
	store_reader_close(reader);
	if (!error)
		error = backup_manifest_add(m->manifest, m->dir, BACKUP_DATABASE);
	return error ? failed(m, "the database", error) : XICA_OK;
}

static int note_end(struct making *m, const char *path, uint64_t size)
{
	char hash[AUDIT_HASH_HEX + 1];
	uint64_t lines = 0;
	int error = audit_verify(path, &lines);
	if (error == XICA_ESIG || error == XICA_EPARSE) {
		buf_addf(m->why, "the audit log is not whole: line %llu is wrong (xica audit verify)", (unsigned long long)lines + 1);
		return error;
	}
	if (!error)
		error = backup_log_hash(path, size, hash);
	if (error)
		return error;
	json_t *end = json_pack("{s:I, s:I, s:s, s:I}", "lines", (json_int_t)lines, "size", (json_int_t)size, "hash", hash, "since", (json_int_t)m->since);
	return json_object_set_new(m->manifest, "audit", end) ? XICA_ENOMEM : XICA_OK;
}

static int add_log(struct making *m)
{
	const char *from = m->options->config->audit_log;
	cleanup_buf copy = BUF_INIT;
	uint64_t size = 0;
	buf_addf(&copy, "%s/" BACKUP_AUDIT_LOG, m->dir);
	int error = buf_cstr(&copy) ? whole_lines(from, &size) : XICA_ENOMEM;
	if (!error)
		error = add(m, from, BACKUP_AUDIT_LOG, size);
	if (!error)
		error = note_end(m, buf_cstr(&copy), size);
	return error ? failed(m, from, error) : XICA_OK;
}

// --- the CA's folder

static int add_folder(struct making *m, const char *name)
{
	cleanup_buf from = BUF_INIT, to = BUF_INIT;
	buf_addf(&from, "%s/%s", m->options->config->ca_dir, name);
	buf_addf(&to, "%s/ca/%s", m->dir, name);
	DIR *folder = buf_cstr(&from) ? opendir(buf_cstr(&from)) : NULL;
	if (!folder)
		return errno == ENOENT ? XICA_OK : failed(m, buf_cstr(&from), XICA_EIO);
	int error = buf_cstr(&to) ? file_make_folder(buf_cstr(&to), 0700) : XICA_ENOMEM;
	for (const struct dirent *entry; !error && (entry = readdir(folder));) {
		cleanup_buf file = BUF_INIT, path = BUF_INIT;
		if (entry->d_name[0] == '.')
			continue;
		buf_addf(&file, "%s/%s", buf_cstr(&from), entry->d_name);
		buf_addf(&path, "ca/%s/%s", name, entry->d_name);
		error = buf_cstr(&file) && buf_cstr(&path) ? add(m, buf_cstr(&file), buf_cstr(&path), UINT64_MAX) : XICA_ENOMEM;
	}
	(void)closedir(folder);
	buf_add_str(&to, "/"); // what is in it
	return error ? error : buf_cstr(&to) ? file_sync_folder(buf_cstr(&to)) : XICA_ENOMEM;
}

static int add_ca(struct making *m)
{
	cleanup_buf index = BUF_INIT, to = BUF_INIT;
	buf_addf(&index, "%s/ca.json", m->options->config->ca_dir);
	buf_addf(&to, "%s/ca", m->dir);
	int error = buf_cstr(&index) && buf_cstr(&to) ? file_make_folder(buf_cstr(&to), 0700) : XICA_ENOMEM;
	if (!error)
		error = add(m, buf_cstr(&index), "ca/ca.json", UINT64_MAX);
	if (!error)
		error = add_folder(m, "certificates");
	return !error && m->options->with_keys ? add_folder(m, "keys") : error;
}

static int add_rest(struct making *m)
{
	const struct config *config = m->options->config;
	cleanup_buf blocked = BUF_INIT;
	buf_addf(&blocked, "%s/blocked-keys", config->state_dir);
	int error = buf_cstr(&blocked) ? add_if_there(m, buf_cstr(&blocked), BACKUP_BLOCKED_KEYS) : XICA_ENOMEM;
	if (!error && m->options->config_file)
		error = add(m, m->options->config_file, BACKUP_CONFIG, UINT64_MAX);
	return !error && m->options->with_keys ? add_if_there(m, config->receipt_key, BACKUP_RECEIPT_KEY) : error;
}

// --- all of it

static int refuse_half_a_restore(struct making *m)
{
	cleanup_buf mark = BUF_INIT;
	buf_addf(&mark, "%s/" CONFIG_RESTORE_MARK, m->options->config->state_dir);
	if (!buf_cstr(&mark))
		return XICA_ENOMEM;
	if (!file_exists(buf_cstr(&mark)))
		return XICA_OK;
	buf_addf(m->why, "%s is there: a restore was interrupted, and this CA is half the old and half the new one: repeat xica restore", buf_cstr(&mark));
	return XICA_EDENIED;
}

static int write_manifest(struct making *m)
{
	cleanup_buf path = BUF_INIT;
	buf_addf(&path, "%s/" BACKUP_MANIFEST, m->dir);
	char *text = json_dumps(m->manifest, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
	int error = text && buf_cstr(&path) ? file_replace(buf_cstr(&path), 0600, view_str(text)) : XICA_ENOMEM;
	free(text);
	return error;
}

static int fill(struct making *m)
{
	static int (*const STEPS[])(struct making *) = {add_database, add_log, add_ca, add_rest, write_manifest};
	cleanup_buf made = BUF_INIT;
	clock_add_rfc3339(&made, m->options->now);
	m->manifest = buf_cstr(&made) ? json_pack("{s:s, s:i, s:s, s:b, s:[]}", "xica", XICA_VERSION, "format", 1, "made", buf_cstr(&made), "keys",
						  m->options->with_keys, "files") : NULL;
	int error = m->manifest ? XICA_OK : XICA_ENOMEM;
	for (size_t i = 0; !error && i < sizeof(STEPS) / sizeof(STEPS[0]); i++)
		error = STEPS[i](m);
	return error;
}

int backup_make(const struct backup_options *options, const char *dir, json_t **ret_manifest, struct buf *why)
{
	cleanup_buf partial = BUF_INIT;
	buf_addf(&partial, "%s.partial", dir);
	struct making m = {.options = options, .dir = buf_cstr(&partial), .why = why};
	int lock = -1, error = m.dir ? refuse_half_a_restore(&m) : XICA_ENOMEM;
	if (error)
		return error;
	errno = 0;
	if (file_exists(dir) || (error = backup_work_folder(m.dir, &lock)))
		return failed(&m, error ? m.dir : dir, error ? error : XICA_EEXIST);
	error = fill(&m);
	if (!error && rename(m.dir, dir))
		error = XICA_EIO;
	if (!error)
		error = file_sync_folder(dir);
	if (error) {
		(void)failed(&m, dir, error);
		backup_remove_folder(m.dir);
		json_decref(m.manifest);
	} else {
		*ret_manifest = m.manifest;
	}
	(void)close(lock);
	return error;
}
