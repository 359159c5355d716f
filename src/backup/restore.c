#include "backup/restore.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backup/files.h"
#include "backup/manifest.h"
#include "backup/mark.h"
#include "base/file.h"
#include "role/audit/audit.h"

struct restoring {
	const struct restore_options *options;
	const struct config *config;
	json_t *manifest;
	int lock;
	struct buf mark;        // STATE/restore-under-way
	bool marked;            // it is there, by this restore
	struct buf suffix;      // ".before-restore-1777863721"; of a restore that was interrupted: its own
	struct buf database;    // the new one, beside the place of the old
	uint64_t log_size;      // of the backup's log
	uint64_t since;         // what of it the database may not have
	const char *log_hash;
	struct restored *done;
	struct buf *why;
};

static int failed(struct restoring *r, const char *what, int error)
{
	if (!r->why->len)
		buf_addf(r->why, "%s: %s", what, error == XICA_EIO && errno ? strerror(errno) : xica_strerror(error));
	return error;
}

static const char *in_backup(struct restoring *r, struct buf *room, const char *path)
{
	buf_clear(room);
	buf_addf(room, "%s/%s", r->options->dir, path);
	return buf_cstr(room);
}

static void give_to(const char *path, const char *user)
{
	const struct passwd *entry = user && geteuid() == 0 ? getpwnam(user) : NULL;
	if (entry && chown(path, entry->pw_uid, entry->pw_gid))
		errno = 0; // xicad gives it again when it starts
}

static int make_folder_of(const char *file, mode_t mode)
{
	cleanup_buf folder = BUF_INIT;
	const char *slash = strrchr(file, '/');
	buf_add(&folder, view_bytes(file, slash ? (size_t)(slash - file) : 0));
	return buf_cstr(&folder) && folder.len ? file_make_folder(buf_cstr(&folder), mode) : XICA_OK;
}

// --- what must be so before anything is changed

static int lock_state(struct restoring *r)
{
	int error = file_make_folder(r->config->state_dir, 0755);
	if (error)
		return failed(r, r->config->state_dir, error);
	r->lock = open(r->config->state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (r->lock < 0)
		return failed(r, r->config->state_dir, XICA_EIO);
	if (!flock(r->lock, LOCK_EX | LOCK_NB))
		return XICA_OK;
	buf_addf(r->why, "an xicad runs on %s: stop it first", r->config->state_dir);
	return XICA_EEXIST;
}

static int check_backup(struct restoring *r)
{
	cleanup_buf path = BUF_INIT;
	uint64_t lines = 0;
	int error = backup_manifest_check(r->options->dir, &r->manifest, r->why);
	if (error)
		return error;
	const json_t *end = json_object_get(r->manifest, "audit");
	r->log_size = (uint64_t)json_integer_value(json_object_get(end, "size"));
	r->since = (uint64_t)json_integer_value(json_object_get(end, "since"));
	r->log_hash = json_string_value(json_object_get(end, "hash"));
	error = r->log_hash && strlen(r->log_hash) == AUDIT_HASH_HEX && in_backup(r, &path, BACKUP_AUDIT_LOG) ? audit_verify(buf_cstr(&path), &lines) : XICA_EPARSE;
	if (error)
		buf_addf(r->why, "the backup's audit log is not whole: line %llu", (unsigned long long)lines + 1);
	return error;
}

// Is the shorter of the two the beginning of the longer?
static int compare_logs(const char *one, const char *other, uint64_t size, bool *ret_same)
{
	char hashes[2][AUDIT_HASH_HEX + 1];
	int error = backup_log_hash(one, size, hashes[0]);
	if (!error)
		error = backup_log_hash(other, size, hashes[1]);
	*ret_same = !error && !strcmp(hashes[0], hashes[1]); // each line holds the hash of all before it
	return error == XICA_ENOMEM ? error : XICA_OK;
}

// The log in place stays where it is the backup's and goes on; it is set aside where it is the backup's and shorter.
static int look_at_log(struct restoring *r)
{
	cleanup_buf path = BUF_INIT;
	struct stat is;
	bool same = false;
	uint64_t lines = 0;
	const char *live = r->config->audit_log, *ours = in_backup(r, &path, BACKUP_AUDIT_LOG);
	if (!ours)
		return XICA_ENOMEM;
	if (stat(live, &is) || !is.st_size)
		return XICA_OK;
	uint64_t size = (uint64_t)is.st_size;
	int error = compare_logs(live, ours, size < r->log_size ? size : r->log_size, &same);
	if (error)
		return error;
	int fault = audit_verify(live, &lines);
	same = same && (!fault || fault == XICA_EPARSE); // a torn last line is cut off by the signer
	if (same && size >= r->log_size) {
		r->done->log_kept = true;
		return XICA_OK;
	}
	if (same || r->options->replace_log)
		return XICA_OK;
	buf_addf(r->why, "%s is not the log of this backup, or was changed%s: with --replace-log it is set aside, and what it tells of since is not recovered", live,
		 fault ? " (xica audit verify says where)" : "");
	return XICA_EDENIED;
}

// --- the new database, made beside the old one

static void drop_beside(const char *database)
{
	static const char *const ENDS[] = {"", "-wal", "-shm", "-journal"};
	for (size_t i = 0; i < sizeof(ENDS) / sizeof(ENDS[0]); i++) {
		cleanup_buf path = BUF_INIT;
		buf_addf(&path, "%s%s", database, ENDS[i]);
		if (buf_cstr(&path))
			(void)unlink(buf_cstr(&path));
	}
}

static int recover(struct restoring *r, const char *log)
{
	struct store *store = NULL;
	char hash[AUDIT_HASH_HEX + 1];
	int error = backup_log_hash(log, r->since, hash);
	if (!error)
		error = store_open(&(struct store_options){.path = buf_cstr(&r->database)}, &store, r->why);
	if (!error)
		error = backup_recover(store, log, r->since, hash, &r->done->recovered, r->why);
	store_close(store);
	return error;
}

static int make_database(struct restoring *r)
{
	cleanup_buf copy = BUF_INIT, log = BUF_INIT;
	buf_addf(&r->database, "%s.restoring", r->config->database);
	if (!buf_cstr(&r->database) || !in_backup(r, &copy, BACKUP_DATABASE) || !in_backup(r, &log, BACKUP_AUDIT_LOG))
		return XICA_ENOMEM;
	int error = make_folder_of(r->config->database, 0700);
	drop_beside(buf_cstr(&r->database)); // of an attempt that was interrupted
	if (!error)
		error = backup_copy_file(buf_cstr(&copy), buf_cstr(&r->database), UINT64_MAX);
	if (!error)
		error = recover(r, r->done->log_kept ? r->config->audit_log : buf_cstr(&log));
	return error ? failed(r, buf_cstr(&r->database), error) : XICA_OK;
}

// --- what changes, from here on: no xicad starts until the mark is gone, and a restore that was interrupted is completed by the next one

static int begin(struct restoring *r)
{
	buf_addf(&r->mark, "%s/" CONFIG_RESTORE_MARK, r->config->state_dir);
	int error = buf_cstr(&r->mark) ? restore_mark_begin(buf_cstr(&r->mark), &r->suffix, &r->marked) : XICA_ENOMEM;
	return error ? failed(r, buf_cstr(&r->mark), error) : XICA_OK;
}

static int finish(struct restoring *r)
{
	int error = restore_mark_end(buf_cstr(&r->mark));
	return error ? failed(r, buf_cstr(&r->mark), error) : XICA_OK;
}

// After a failure: where nothing was changed yet, all is as before; else what is to be done is said.
static void give_up(struct restoring *r)
{
	if (r->marked && !r->done->written.len && !r->done->aside.len)
		(void)unlink(buf_cstr(&r->mark));
	else if (r->mark.len && file_exists(buf_cstr(&r->mark)))
		buf_add_str(r->why, "; the CA is half restored, and no xicad starts on it: repeat xica restore");
}

// --- old things step aside, new ones take their places

static int set_aside(struct restoring *r, const char *path, const char *to)
{
	if (rename(path, to))
		return errno == ENOENT ? XICA_OK : failed(r, path, XICA_EIO);
	buf_addf(&r->done->aside, "%s\n", to);
	return file_sync_folder(path);
}

static int put(struct restoring *r, const char *from, const char *to, const char *user)
{
	give_to(from, user);
	if (rename(from, to))
		return failed(r, to, XICA_EIO);
	buf_addf(&r->done->written, "%s\n", to);
	return file_sync_folder(to);
}

static int switch_log(struct restoring *r)
{
	cleanup_buf from = BUF_INIT, beside = BUF_INIT, aside = BUF_INIT;
	if (r->done->log_kept)
		return XICA_OK;
	buf_addf(&beside, "%s.restoring", r->config->audit_log);
	if (!buf_cstr(&beside) || !in_backup(r, &from, BACKUP_AUDIT_LOG))
		return XICA_ENOMEM;
	(void)unlink(buf_cstr(&beside));
	int error = make_folder_of(r->config->audit_log, 0711);
	if (!error)
		error = backup_copy_file(buf_cstr(&from), buf_cstr(&beside), UINT64_MAX);
	if (!error)
		error = restore_name_aside(r->config->audit_log, buf_cstr(&r->suffix), &aside);
	if (!error)
		error = set_aside(r, r->config->audit_log, buf_cstr(&aside));
	return error ? failed(r, r->config->audit_log, error) : put(r, buf_cstr(&beside), r->config->audit_log, r->config->user_signer);
}

// Aside, the write-ahead log is again named for its database, and goes before it: what was committed in it alone can still be read.
static int switch_database(struct restoring *r)
{
	static const char *const ENDS[] = {"-wal", "-shm", ""};
	cleanup_buf aside = BUF_INIT;
	int error = restore_name_aside(r->config->database, buf_cstr(&r->suffix), &aside);
	for (size_t i = 0; !error && i < sizeof(ENDS) / sizeof(ENDS[0]); i++) {
		cleanup_buf path = BUF_INIT, to = BUF_INIT;
		buf_addf(&path, "%s%s", r->config->database, ENDS[i]);
		buf_addf(&to, "%s%s", buf_cstr(&aside), ENDS[i]);
		error = buf_cstr(&path) && buf_cstr(&to) ? set_aside(r, buf_cstr(&path), buf_cstr(&to)) : XICA_ENOMEM;
	}
	return error ? failed(r, r->config->database, error) : put(r, buf_cstr(&r->database), r->config->database, r->config->user_registrar);
}

// --- what is put back only where it is missing

static int put_missing(struct restoring *r, const char *path, const char *to, mode_t mode)
{
	cleanup_buf from = BUF_INIT, beside = BUF_INIT;
	if (file_exists(to) || !backup_has(r->manifest, path))
		return XICA_OK;
	buf_addf(&beside, "%s.restoring", to);
	int error = buf_cstr(&beside) && in_backup(r, &from, path) ? make_folder_of(to, mode == 0600 ? 0700 : 0755) : XICA_ENOMEM;
	if (error)
		return failed(r, to, error);
	(void)unlink(buf_cstr(&beside)); // of an attempt that was interrupted
	error = backup_copy_file(buf_cstr(&from), buf_cstr(&beside), UINT64_MAX);
	if (!error && chmod(buf_cstr(&beside), mode))
		error = XICA_EIO;
	return error ? failed(r, to, error) : put(r, buf_cstr(&beside), to, NULL);
}

// The index comes last: what it doesn't name doesn't exist.
static int put_ca(struct restoring *r)
{
	const struct view ca = VIEW_LIT("ca/"), index = VIEW_LIT("ca/ca.json"), keys = VIEW_LIT("ca/keys/");
	cleanup_buf index_path = BUF_INIT;
	const json_t *entry;
	size_t i;
	int error = file_make_folder(r->config->ca_dir, 0755);
	buf_addf(&index_path, "%s/ca.json", r->config->ca_dir);
	if (error || !buf_cstr(&index_path))
		return error ? failed(r, r->config->ca_dir, error) : XICA_ENOMEM;
	json_array_foreach(json_object_get(r->manifest, "files"), i, entry) {
		struct view path = view_str(json_string_value(json_object_get(entry, "path")));
		cleanup_buf to = BUF_INIT;
		buf_addf(&to, "%s/%.*s", r->config->ca_dir, VIEW_FMT(view_sub(path, ca.len, SIZE_MAX)));
		if (!error && view_starts(path, ca) && !view_equal(path, index))
			error = buf_cstr(&to) ? put_missing(r, (const char *)path.ptr, buf_cstr(&to), view_starts(path, keys) ? 0600 : 0644) : XICA_ENOMEM;
	}
	return error ? error : put_missing(r, "ca/ca.json", buf_cstr(&index_path), 0644);
}

static int put_rest(struct restoring *r)
{
	cleanup_buf blocked = BUF_INIT;
	buf_addf(&blocked, "%s/blocked-keys", r->config->state_dir);
	int error = buf_cstr(&blocked) ? put_missing(r, BACKUP_BLOCKED_KEYS, buf_cstr(&blocked), 0644) : XICA_ENOMEM;
	if (!error)
		error = put_missing(r, BACKUP_RECEIPT_KEY, r->config->receipt_key, 0600);
	return !error && r->options->config_file ? put_missing(r, BACKUP_CONFIG, r->options->config_file, 0644) : error;
}

// --- all of it

int backup_restore(const struct restore_options *options, struct restored *ret_restored, struct buf *why)
{
	static int (*const STEPS[])(struct restoring *) = {lock_state, check_backup, look_at_log, make_database, begin,
		put_ca, put_rest, switch_log, switch_database, finish};
	struct restored done = {.aside = BUF_INIT, .written = BUF_INIT};
	struct restoring r = {.options = options, .config = options->config, .lock = -1, .mark = BUF_INIT, .suffix = BUF_INIT,
		.database = BUF_INIT, .done = &done, .why = why};
	int error = XICA_OK;
	buf_addf(&r.suffix, ".before-restore-%lld", (long long)options->now);
	errno = 0;
	if (!buf_cstr(&r.suffix))
		error = XICA_ENOMEM;
	for (size_t i = 0; !error && i < sizeof(STEPS) / sizeof(STEPS[0]); i++)
		error = STEPS[i](&r);
	if (error)
		give_up(&r);
	if (error && r.database.len)
		drop_beside(buf_cstr(&r.database));
	if (r.lock >= 0)
		(void)close(r.lock);
	json_decref(r.manifest);
	buf_free(&r.mark);
	buf_free(&r.suffix);
	buf_free(&r.database);
	if (error)
		restored_free(&done);
	else
		*ret_restored = done;
	return error;
}

void restored_free(struct restored *restored)
{
	buf_free(&restored->aside);
	buf_free(&restored->written);
}
