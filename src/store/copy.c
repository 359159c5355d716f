#include "store/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <string.h>
#include <unistd.h>

enum { BUSY_MS = 10000 };

static int failed(struct buf *why, const char *path, sqlite3 *db)
{
	buf_addf(why, "%s: %s", path, db ? sqlite3_errmsg(db) : strerror(errno));
	return XICA_EIO;
}

// All pages in one step: a step reads one moment, and later ones would begin anew after each commit of somebody else.
static int copy_pages(sqlite3 *from, sqlite3 *to)
{
	sqlite3_backup *backup = sqlite3_backup_init(to, "main", from, "main");
	if (!backup)
		return XICA_EIO;
	int code = sqlite3_backup_step(backup, -1);
	return sqlite3_backup_finish(backup) == SQLITE_OK && code == SQLITE_DONE ? XICA_OK : XICA_EIO;
}

static int copy(const char *from, const char *to, struct buf *why)
{
	sqlite3 *source = NULL, *target = NULL;
	int error = XICA_OK;
	if (access(from, R_OK))
		error = failed(why, from, NULL);
	else if (sqlite3_open_v2(from, &source, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) || sqlite3_busy_timeout(source, BUSY_MS))
		error = failed(why, from, source);
	else if (sqlite3_open_v2(to, &target, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL))
		error = failed(why, to, target);
	else if (copy_pages(source, target))
		error = failed(why, to, target);
	// A copy stands for itself, without a log beside it.
	if (!error && sqlite3_exec(target, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL))
		error = failed(why, to, target);
	(void)sqlite3_close(target);
	(void)sqlite3_close(source);
	return error;
}

int store_copy(const char *from, const char *to, struct buf *why)
{
	int fd = open(to, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0) {
		int error = errno == EEXIST ? XICA_EEXIST : XICA_EIO;
		(void)failed(why, to, NULL);
		return error;
	}
	int error = copy(from, to, why);
	if (!error && fsync(fd))
		error = failed(why, to, NULL);
	(void)close(fd);
	if (error)
		(void)unlink(to);
	return error;
}
