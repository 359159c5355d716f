// The write-ahead log's file, written in long pieces.
//
// SQLite writes each page of its log as two writes, 24 bytes and the page: a commit is dozens of system calls. This VFS stands before the system's own, collects what is
// written to a log one behind the other, and writes it as one piece before anybody can want it: before each sync, each read, each look at the file's size, and at the end of
// each commit, since other processes are told of a commit by shared memory and read the log themselves. Every other file is the system's VFS's alone.
//
// It is for a connection with synchronous=FULL and cache_spill=OFF: then all that is written to the log belongs to a commit, which ends with a sync (or is told to
// do without, below). (Pages that the cache spilled before a commit would wait here without SQLite's knowing: a disk that is full at that moment would be heard of
// too late.)
#pragma once
#include <stdbool.h>

struct sqlite3;

#define WAL_VFS_NAME "xica-wal"

// Registers it with SQLite, once; it stays for the life of the process. False: out of memory.
bool wal_vfs_register(void);

// From here on, until it is told otherwise, what this connection commits is written and not synced: it is on disk together with the next commit that is, or before the next
// checkpoint. After a power failure such commits may be missing, the newest first, and never one before another: also where a sync failed in between, which the system says once and then
// takes for done. Of a connection without this VFS each commit is synced as ever.
void wal_sync_later(struct sqlite3 *db, bool later);
