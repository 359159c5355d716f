// A VFS that stands for the system's, below the one that is tested: what is done to the files of write-ahead logs can be looked at, and made to fail.
#pragma once
#include <sqlite3.h>

#include "check.h"

typedef int log_vfs_write(sqlite3_file *file, const void *bytes, int amount, sqlite3_int64 at);
typedef int log_vfs_sync(sqlite3_file *file, int flags);

static sqlite3_vfs *log_vfs_system, log_vfs;
static const sqlite3_io_methods *log_system; // what the system does
static sqlite3_io_methods log_methods;       // what is done instead
static log_vfs_write *log_write;
static log_vfs_sync *log_sync;

static int log_vfs_open(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *file, int flags, int *ret_flags)
{
	(void)vfs;
	int code = log_vfs_system->xOpen(log_vfs_system, name, file, flags, ret_flags);
	if (code || !(flags & SQLITE_OPEN_WAL))
		return code;
	log_system = file->pMethods;
	log_methods = *log_system;
	log_methods.xWrite = log_write ? log_write : log_system->xWrite;
	log_methods.xSync = log_sync ? log_sync : log_system->xSync;
	file->pMethods = &log_methods;
	return code;
}

// write, sync: instead of the system's; NULL: as ever.
[[maybe_unused]] static void log_vfs_put_in_place(log_vfs_write *write, log_vfs_sync *sync)
{
	log_vfs_system = sqlite3_vfs_find(NULL);
	log_vfs = *log_vfs_system;
	log_vfs.zName = "log";
	log_vfs.xOpen = log_vfs_open;
	log_write = write;
	log_sync = sync;
	assert_int_equal(sqlite3_vfs_register(&log_vfs, 1), SQLITE_OK);
}
