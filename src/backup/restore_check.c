// What must be so before a restore changes anything: no xicad runs, the backup is whole, and the log in place is the backup's or may go.
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "backup/files.h"
#include "backup/manifest.h"
#include "backup/restoring.h"
#include "base/file.h"
#include "role/audit/audit.h"

int restoring_lock_state(struct restoring *r)
{
	int error = file_make_folder(r->config->state_dir, 0755);
	if (error)
		return restoring_failed(r, r->config->state_dir, error);
	r->lock = open(r->config->state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (r->lock < 0)
		return restoring_failed(r, r->config->state_dir, XICA_EIO);
	if (!flock(r->lock, LOCK_EX | LOCK_NB))
		return XICA_OK;
	buf_addf(r->why, "an xicad runs on %s: stop it first", r->config->state_dir);
	return XICA_EEXIST;
}

int restoring_check_backup(struct restoring *r)
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
	error = r->log_hash && strlen(r->log_hash) == AUDIT_HASH_HEX && restoring_in_backup(r, &path, BACKUP_AUDIT_LOG) ? audit_verify(buf_cstr(&path), &lines) : XICA_EPARSE;
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
int restoring_look_at_log(struct restoring *r)
{
	cleanup_buf path = BUF_INIT;
	struct stat is;
	bool same = false;
	uint64_t lines = 0;
	const char *live = r->config->audit_log, *ours = restoring_in_backup(r, &path, BACKUP_AUDIT_LOG);
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
