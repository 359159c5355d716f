// Old things step aside, new ones take their places; what is not the log or the database is put back only where it is missing.
#include <errno.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backup/files.h"
#include "backup/manifest.h"
#include "backup/mark.h"
#include "backup/restoring.h"
#include "base/file.h"

static void give_to(const char *path, const char *user)
{
	const struct passwd *entry = user && geteuid() == 0 ? getpwnam(user) : NULL;
	if (entry && chown(path, entry->pw_uid, entry->pw_gid))
		errno = 0; // xicad gives it again when it starts
}

static int set_aside(struct restoring *r, const char *path, const char *to)
{
	if (rename(path, to))
		return errno == ENOENT ? XICA_OK : restoring_failed(r, path, XICA_EIO);
	buf_addf(&r->done->aside, "%s\n", to);
	return file_sync_folder(path);
}

static int put(struct restoring *r, const char *from, const char *to, const char *user)
{
	give_to(from, user);
	if (rename(from, to))
		return restoring_failed(r, to, XICA_EIO);
	buf_addf(&r->done->written, "%s\n", to);
	return file_sync_folder(to);
}

int restoring_switch_log(struct restoring *r)
{
	cleanup_buf from = BUF_INIT, beside = BUF_INIT, aside = BUF_INIT;
	if (r->done->log_kept)
		return XICA_OK;
	buf_addf(&beside, "%s.restoring", r->config->audit_log);
	if (!buf_cstr(&beside) || !restoring_in_backup(r, &from, BACKUP_AUDIT_LOG))
		return XICA_ENOMEM;
	(void)unlink(buf_cstr(&beside));
	int error = restoring_make_folder_of(r->config->audit_log, 0711);
	if (!error)
		error = backup_copy_file(buf_cstr(&from), buf_cstr(&beside), UINT64_MAX);
	if (!error)
		error = restore_name_aside(r->config->audit_log, buf_cstr(&r->suffix), &aside);
	if (!error)
		error = set_aside(r, r->config->audit_log, buf_cstr(&aside));
	return error ? restoring_failed(r, r->config->audit_log, error) : put(r, buf_cstr(&beside), r->config->audit_log, r->config->user_signer);
}

// Aside, the write-ahead log is again named for its database, and goes before it: what was committed in it alone can still be read.
int restoring_switch_database(struct restoring *r)
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
	return error ? restoring_failed(r, r->config->database, error) : put(r, buf_cstr(&r->database), r->config->database, r->config->user_registrar);
}

// --- what is put back only where it is missing

static int put_missing(struct restoring *r, const char *path, const char *to, mode_t mode)
{
	cleanup_buf from = BUF_INIT, beside = BUF_INIT;
	if (file_exists(to) || !backup_has(r->manifest, path))
		return XICA_OK;
	buf_addf(&beside, "%s.restoring", to);
	int error = buf_cstr(&beside) && restoring_in_backup(r, &from, path) ? restoring_make_folder_of(to, mode == 0600 ? 0700 : 0755) : XICA_ENOMEM;
	if (error)
		return restoring_failed(r, to, error);
	(void)unlink(buf_cstr(&beside)); // of an attempt that was interrupted
	error = backup_copy_file(buf_cstr(&from), buf_cstr(&beside), UINT64_MAX);
	if (!error && chmod(buf_cstr(&beside), mode))
		error = XICA_EIO;
	return error ? restoring_failed(r, to, error) : put(r, buf_cstr(&beside), to, NULL);
}

// The index comes last: what it doesn't name doesn't exist.
int restoring_put_ca(struct restoring *r)
{
	const struct view ca = VIEW_LIT("ca/"), index = VIEW_LIT("ca/ca.json"), keys = VIEW_LIT("ca/keys/");
	cleanup_buf index_path = BUF_INIT;
	const json_t *entry;
	size_t i;
	int error = file_make_folder(r->config->ca_dir, 0755);
	buf_addf(&index_path, "%s/ca.json", r->config->ca_dir);
	if (error || !buf_cstr(&index_path))
		return error ? restoring_failed(r, r->config->ca_dir, error) : XICA_ENOMEM;
	json_array_foreach(json_object_get(r->manifest, "files"), i, entry) {
		struct view path = view_str(json_string_value(json_object_get(entry, "path")));
		cleanup_buf to = BUF_INIT;
		buf_addf(&to, "%s/%.*s", r->config->ca_dir, VIEW_FMT(view_sub(path, ca.len, SIZE_MAX)));
		if (!error && view_starts(path, ca) && !view_equal(path, index))
			error = buf_cstr(&to) ? put_missing(r, (const char *)path.ptr, buf_cstr(&to), view_starts(path, keys) ? 0600 : 0644) : XICA_ENOMEM;
	}
	return error ? error : put_missing(r, "ca/ca.json", buf_cstr(&index_path), 0644);
}

int restoring_put_rest(struct restoring *r)
{
	cleanup_buf blocked = BUF_INIT;
	buf_addf(&blocked, "%s/blocked-keys", r->config->state_dir);
	int error = buf_cstr(&blocked) ? put_missing(r, BACKUP_BLOCKED_KEYS, buf_cstr(&blocked), 0644) : XICA_ENOMEM;
	if (!error)
		error = put_missing(r, BACKUP_RECEIPT_KEY, r->config->receipt_key, 0600);
	return !error && r->options->config_file ? put_missing(r, BACKUP_CONFIG, r->options->config_file, 0644) : error;
}
