#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "store/wal.h"

enum {
	FRAME_HEADER = 24,      // https://www.sqlite.org/fileformat2.html#the_write_ahead_log
	FRAME_COMMIT = 4,       // where it says how long the database is after a commit; 0: this frame doesn't end one
	COLLECTED_MAX = 64 * 1024, // the system's VFS can't write more than 128 KiB less one byte at once
};

// SQLite's memory for an open log: ours, and behind it that of the system's VFS.
struct log {
	sqlite3_file base;
	sqlite3_file *file;
	uint8_t *bytes;         // collected, and not yet written
	size_t len;
	sqlite3_int64 at;       // where they go
	bool ends_commit;       // the page that follows does
	bool committed;         // the last page of a commit was written, and not synced yet
	bool later;             // what is committed now is synced with what comes after it
	sqlite3_int64 from, to; // what was written since it was synced last; the same: nothing
	bool lost;              // a sync failed: some of that may never come to the disk
};

static struct log *log_of(sqlite3_file *file)
{
	return (struct log *)(void *)file;
}

static int write_through(struct log *log, const uint8_t *bytes, size_t len, sqlite3_int64 at)
{
	sqlite3_int64 end = at + (sqlite3_int64)len;
	bool first = log->from == log->to;
	log->from = first || at < log->from ? at : log->from;
	log->to = first || end > log->to ? end : log->to;
	return log->file->pMethods->xWrite(log->file, bytes, (int)len, at);
}

// Where it fails, what was collected stays: a read or a look at the size that can't be done doesn't end SQLite's transaction, which believes that all of it is written.
static int write_collected(struct log *log)
{
	int code = log->len ? write_through(log, log->bytes, log->len, log->at) : SQLITE_OK;
	if (!code)
		log->len = 0;
	return code;
}

// Likewise, at a write or a sync of SQLite's: where that fails, its transaction fails, and nothing of it may be written any more. Another process may be the next to write there.
static int write_or_drop(struct log *log)
{
	int code = write_collected(log);
	log->len = 0;
	return code;
}

static bool says_commit(const uint8_t *frame_header)
{
	static const uint8_t NONE[4] = {0};
	return memcmp(frame_header + FRAME_COMMIT, NONE, sizeof(NONE)) != 0;
}

// What is too long to be collected is written at once.
static int collect(struct log *log, const uint8_t *bytes, size_t len, sqlite3_int64 at)
{
	bool fits = log->len + len <= COLLECTED_MAX && (!log->len || log->at + (sqlite3_int64)log->len == at);
	int code = fits ? SQLITE_OK : write_or_drop(log);
	if (code)
		return code;
	if (len > COLLECTED_MAX)
		return write_through(log, bytes, len, at);
	if (!log->len)
		log->at = at;
	memcpy(log->bytes + log->len, bytes, len);
	log->len += len;
	return SQLITE_OK;
}

static int log_write(sqlite3_file *file, const void *bytes, int amount, sqlite3_int64 at)
{
	struct log *log = log_of(file);
	int code = collect(log, bytes, (size_t)amount, at);
	if (code)
		return code;
	bool now = log->ends_commit;
	log->committed = log->committed || now;
	log->ends_commit = amount == FRAME_HEADER && says_commit(bytes);
	return now ? write_or_drop(log) : SQLITE_OK;
}

static int log_read(sqlite3_file *file, void *bytes, int amount, sqlite3_int64 at)
{
	struct log *log = log_of(file);
	bool wants = log->len && at < log->at + (sqlite3_int64)log->len && at + amount > log->at;
	int code = wants ? write_collected(log) : SQLITE_OK;
	return code ? code : log->file->pMethods->xRead(log->file, bytes, amount, at);
}

static int log_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	struct log *log = log_of(file);
	int code = write_collected(log);
	return code ? code : log->file->pMethods->xTruncate(log->file, size);
}

// What the system could not write it takes for written all the same, once it has said so: the next sync would be true for what came later, and before that would be a hole, at which SQLite
// stops reading. It still has those bytes, and is given them again.
static int write_again(struct log *log)
{
	sqlite3_int64 end = 0;
	int code = log->file->pMethods->xFileSize(log->file, &end);
	end = log->to < end ? log->to : end;
	for (sqlite3_int64 at = log->from; !code && at < end; at += COLLECTED_MAX) {
		int len = end - at < COLLECTED_MAX ? (int)(end - at) : COLLECTED_MAX;
		code = log->file->pMethods->xRead(log->file, log->bytes, len, at);
		if (!code)
			code = log->file->pMethods->xWrite(log->file, log->bytes, len, at);
	}
	return code;
}

static int sync_all(struct log *log, int flags)
{
	int code = log->lost ? write_again(log) : SQLITE_OK;
	if (!code)
		code = log->file->pMethods->xSync(log->file, flags);
	log->lost = code != SQLITE_OK;
	if (!code)
		log->from = log->to = 0;
	return code;
}

// The first sync behind a commit's last page is that commit's own. Those of a checkpoint and of a log that begins again are never left out; and none behind one that failed, so that what
// is written again is so by whoever may write.
static int log_sync(sqlite3_file *file, int flags)
{
	struct log *log = log_of(file);
	bool is_left_out = log->later && log->committed && !log->lost;
	log->committed = false;
	int code = write_or_drop(log);
	return code || is_left_out ? code : sync_all(log, flags);
}

static int log_size(sqlite3_file *file, sqlite3_int64 *ret_size)
{
	struct log *log = log_of(file);
	int code = write_collected(log);
	return code ? code : log->file->pMethods->xFileSize(log->file, ret_size);
}

static int log_close(sqlite3_file *file)
{
	struct log *log = log_of(file);
	sqlite3_free(log->bytes); // what is still collected was never committed
	log->bytes = NULL;
	log->len = 0;
	return log->file->pMethods->xClose(log->file);
}

static int log_lock(sqlite3_file *file, int level)
{
	return log_of(file)->file->pMethods->xLock(log_of(file)->file, level);
}

static int log_unlock(sqlite3_file *file, int level)
{
	return log_of(file)->file->pMethods->xUnlock(log_of(file)->file, level);
}

static int log_check_lock(sqlite3_file *file, int *ret_locked)
{
	return log_of(file)->file->pMethods->xCheckReservedLock(log_of(file)->file, ret_locked);
}

static int log_control(sqlite3_file *file, int what, void *argument)
{
	return log_of(file)->file->pMethods->xFileControl(log_of(file)->file, what, argument);
}

static int log_sector(sqlite3_file *file)
{
	return log_of(file)->file->pMethods->xSectorSize(log_of(file)->file);
}

static int log_characteristics(sqlite3_file *file)
{
	return log_of(file)->file->pMethods->xDeviceCharacteristics(log_of(file)->file);
}

static const sqlite3_io_methods LOG_METHODS = {
	.iVersion = 1, // shared memory and mapping are the database file's affair
	.xClose = log_close,
	.xRead = log_read,
	.xWrite = log_write,
	.xTruncate = log_truncate,
	.xSync = log_sync,
	.xFileSize = log_size,
	.xLock = log_lock,
	.xUnlock = log_unlock,
	.xCheckReservedLock = log_check_lock,
	.xFileControl = log_control,
	.xSectorSize = log_sector,
	.xDeviceCharacteristics = log_characteristics,
};

static sqlite3_vfs *system_vfs(sqlite3_vfs *vfs)
{
	return vfs->pAppData;
}

static int open_file(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *file, int flags, int *ret_flags)
{
	sqlite3_vfs *system = system_vfs(vfs);
	if (!(flags & SQLITE_OPEN_WAL))
		return system->xOpen(system, name, file, flags, ret_flags);
	struct log *log = log_of(file);
	*log = (struct log){.file = (sqlite3_file *)(void *)(log + 1)};
	log->bytes = sqlite3_malloc(COLLECTED_MAX);
	int code = log->bytes ? system->xOpen(system, name, log->file, flags, ret_flags) : SQLITE_NOMEM;
	if (code)
		sqlite3_free(log->bytes);
	else
		log->base.pMethods = &LOG_METHODS;
	return code;
}

static int delete_file(sqlite3_vfs *vfs, const char *name, int sync_folder)
{
	return system_vfs(vfs)->xDelete(system_vfs(vfs), name, sync_folder);
}

static int access_file(sqlite3_vfs *vfs, const char *name, int flags, int *ret_result)
{
	return system_vfs(vfs)->xAccess(system_vfs(vfs), name, flags, ret_result);
}

static int full_path(sqlite3_vfs *vfs, const char *name, int room, char *ret_path)
{
	return system_vfs(vfs)->xFullPathname(system_vfs(vfs), name, room, ret_path);
}

static int randomness(sqlite3_vfs *vfs, int len, char *ret_bytes)
{
	return system_vfs(vfs)->xRandomness(system_vfs(vfs), len, ret_bytes);
}

static int sleep_for(sqlite3_vfs *vfs, int microseconds)
{
	return system_vfs(vfs)->xSleep(system_vfs(vfs), microseconds);
}

static int last_error(sqlite3_vfs *vfs, int len, char *ret_text)
{
	return system_vfs(vfs)->xGetLastError(system_vfs(vfs), len, ret_text);
}

static int current_time(sqlite3_vfs *vfs, sqlite3_int64 *ret_milliseconds)
{
	return system_vfs(vfs)->xCurrentTimeInt64(system_vfs(vfs), ret_milliseconds);
}

void wal_sync_later(sqlite3 *db, bool later)
{
	sqlite3_file *file = NULL;
	if (sqlite3_file_control(db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &file) || !file || file->pMethods != &LOG_METHODS)
		return;
	log_of(file)->later = later;
	log_of(file)->committed = false; // by one that failed behind its last page, and has no sync any more: the next one's first may be that of a log that begins again
}

bool wal_vfs_register(void)
{
	static sqlite3_vfs vfs = {
		.iVersion = 2,
		.zName = WAL_VFS_NAME,
		.xOpen = open_file,
		.xDelete = delete_file,
		.xAccess = access_file,
		.xFullPathname = full_path,
		.xRandomness = randomness,
		.xSleep = sleep_for,
		.xGetLastError = last_error,
		.xCurrentTimeInt64 = current_time,
	};
	sqlite3_vfs *system = sqlite3_vfs_find(NULL);
	if (!system || system->iVersion < 2)
		return false;
	if (vfs.pAppData)
		return true;
	vfs.pAppData = system;
	vfs.mxPathname = system->mxPathname;
	vfs.szOsFile = (int)sizeof(struct log) + system->szOsFile;
	return sqlite3_vfs_register(&vfs, 0) == SQLITE_OK;
}
