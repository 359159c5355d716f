#include "backup/restore.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "backup/files.h"
#include "backup/manifest.h"
#include "backup/mark.h"
#include "backup/restoring.h"
#include "base/file.h"
#include "role/audit/audit.h"

int restoring_failed(struct restoring *r, const char *what, int error)
{
	if (!r->why->len)
		buf_addf(r->why, "%s: %s", what, error == XICA_EIO && errno ? strerror(errno) : xica_strerror(error));
	return error;
}

const char *restoring_in_backup(struct restoring *r, struct buf *room, const char *path)
{
	buf_clear(room);
	buf_addf(room, "%s/%s", r->options->dir, path);
	return buf_cstr(room);
}

int restoring_make_folder_of(const char *file, mode_t mode)
{
	cleanup_buf folder = BUF_INIT;
	const char *slash = strrchr(file, '/');
	buf_add(&folder, view_bytes(file, slash ? (size_t)(slash - file) : 0));
	return buf_cstr(&folder) && folder.len ? file_make_folder(buf_cstr(&folder), mode) : XICA_OK;
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
	if (!buf_cstr(&r->database) || !restoring_in_backup(r, &copy, BACKUP_DATABASE) || !restoring_in_backup(r, &log, BACKUP_AUDIT_LOG))
		return XICA_ENOMEM;
	int error = restoring_make_folder_of(r->config->database, 0700);
	drop_beside(buf_cstr(&r->database)); // of an attempt that was interrupted
	if (!error)
		error = backup_copy_file(buf_cstr(&copy), buf_cstr(&r->database), UINT64_MAX);
	if (!error)
		error = recover(r, r->done->log_kept ? r->config->audit_log : buf_cstr(&log));
	return error ? restoring_failed(r, buf_cstr(&r->database), error) : XICA_OK;
}

// --- what changes, from here on: no xicad starts until the mark is gone, and a restore that was interrupted is completed by the next one

static int begin(struct restoring *r)
{
	buf_addf(&r->mark, "%s/" CONFIG_RESTORE_MARK, r->config->state_dir);
	int error = buf_cstr(&r->mark) ? restore_mark_begin(buf_cstr(&r->mark), &r->suffix, &r->marked) : XICA_ENOMEM;
	return error ? restoring_failed(r, buf_cstr(&r->mark), error) : XICA_OK;
}

static int finish(struct restoring *r)
{
	int error = restore_mark_end(buf_cstr(&r->mark));
	return error ? restoring_failed(r, buf_cstr(&r->mark), error) : XICA_OK;
}

// After a failure: where nothing was changed yet, all is as before; else what is to be done is said.
static void give_up(struct restoring *r)
{
	if (r->marked && !r->done->written.len && !r->done->aside.len)
		(void)unlink(buf_cstr(&r->mark));
	else if (r->mark.len && file_exists(buf_cstr(&r->mark)))
		buf_add_str(r->why, "; the CA is half restored, and no xicad starts on it: repeat xica restore");
}

// --- all of it

int backup_restore(const struct restore_options *options, struct restored *ret_restored, struct buf *why)
{
	static int (*const STEPS[])(struct restoring *) = {restoring_lock_state, restoring_check_backup, restoring_look_at_log, make_database, begin,
		restoring_put_ca, restoring_put_rest, restoring_switch_log, restoring_note, restoring_switch_database, finish};
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
