#include "client/versions.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/file.h"

#define LINK "current"
#define UNFINISHED ".new"

static int failed(struct client_trouble *trouble, const char *path)
{
	return client_trouble_is(trouble, XICA_EIO, "%s can't be written: %s", path, strerror(errno));
}

// A version's number; 0: the name is none.
static unsigned number_of(const char *name)
{
	char *end;
	unsigned long number = strtoul(name, &end, 10);
	return *name >= '1' && *name <= '9' && !*end && number < 1000000000 ? (unsigned)number : 0;
}

unsigned client_versions_current(const char *folder)
{
	cleanup_arena arena = ARENA_INIT;
	char target[32] = "";
	const char *link = arena_printf(&arena, "%s/" LINK, folder);
	ssize_t len = link ? readlink(link, target, sizeof(target) - 1) : -1;
	return len > 0 ? number_of(target) : 0;
}

unsigned client_versions_newest(const char *folder)
{
	unsigned best = 0;
	DIR *dir = opendir(folder);
	for (const struct dirent *entry; dir && (entry = readdir(dir));)
		if (number_of(entry->d_name) > best)
			best = number_of(entry->d_name);
	if (dir)
		(void)closedir(dir);
	return best;
}

// --- deleting

static void delete_version(const char *folder, const char *name)
{
	cleanup_arena arena = ARENA_INIT;
	const char *path = arena_printf(&arena, "%s/%s", folder, name);
	DIR *dir = path ? opendir(path) : NULL;
	if (!dir)
		return;
	for (const struct dirent *entry; (entry = readdir(dir));)
		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
			(void)unlinkat(dirfd(dir), entry->d_name, 0);
	(void)closedir(dir);
	(void)rmdir(path);
}

static bool is_unfinished(const char *name)
{
	size_t len = strlen(name), suffix = sizeof(UNFINISHED) - 1;
	return len > suffix && !strcmp(name + len - suffix, UNFINISHED) && strcmp(name, LINK UNFINISHED);
}

// How many versions are newer?
static unsigned rank(const char *folder, unsigned number)
{
	unsigned newer = 0;
	DIR *dir = opendir(folder);
	for (const struct dirent *entry; dir && (entry = readdir(dir));)
		newer += number_of(entry->d_name) > number;
	if (dir)
		(void)closedir(dir);
	return newer;
}

void client_versions_prune(const char *folder)
{
	unsigned current = client_versions_current(folder);
	DIR *dir = opendir(folder);
	for (const struct dirent *entry; dir && (entry = readdir(dir));) {
		unsigned number = number_of(entry->d_name);
		if (is_unfinished(entry->d_name) || (number && number != current && rank(folder, number) >= CLIENT_VERSIONS_KEPT))
			delete_version(folder, entry->d_name);
	}
	if (dir)
		(void)closedir(dir);
}

void client_versions_remove(const char *folder)
{
	cleanup_arena arena = ARENA_INIT;
	const char *link = arena_printf(&arena, "%s/" LINK, folder);
	DIR *dir = opendir(folder);
	if (link)
		(void)unlink(link);
	for (const struct dirent *entry; dir && (entry = readdir(dir));)
		if (number_of(entry->d_name) || is_unfinished(entry->d_name))
			delete_version(folder, entry->d_name);
	if (dir)
		(void)closedir(dir);
	(void)rmdir(folder);
}

// --- writing

static int write_files(const char *path, const struct client_file *files, size_t count, const struct client_owner *owner, struct client_trouble *trouble)
{
	for (size_t i = 0; i < count; i++) {
		cleanup_arena arena = ARENA_INIT;
		const char *name = arena_printf(&arena, "%s/%s", path, files[i].name);
		if (!name)
			return XICA_ENOMEM;
		if (file_replace(name, files[i].mode, files[i].content) || (owner->uid != (uid_t)-1 && chown(name, owner->uid, owner->gid)))
			return failed(trouble, name);
	}
	return XICA_OK;
}

static int make_folder(const char *path, const struct client_owner *owner, struct client_trouble *trouble)
{
	if (file_make_folder(path, owner->folder_mode) || chmod(path, owner->folder_mode) ||
	    (owner->uid != (uid_t)-1 && chown(path, owner->uid, owner->gid)))
		return failed(trouble, path);
	return XICA_OK;
}

int client_versions_add(const char *folder, const struct client_file *files, size_t count, const struct client_owner *owner, unsigned *ret_number,
			struct client_trouble *trouble)
{
	cleanup_arena arena = ARENA_INIT;
	unsigned number = client_versions_newest(folder) + 1;
	const char *path = arena_printf(&arena, "%s/%u", folder, number), *beside = arena_printf(&arena, "%s/%u" UNFINISHED, folder, number);
	if (!path || !beside)
		return XICA_ENOMEM;
	int error = make_folder(folder, owner, trouble);
	if (error)
		return error;
	delete_version(folder, strrchr(beside, '/') + 1); // of a crash
	error = make_folder(beside, owner, trouble);
	if (!error)
		error = write_files(beside, files, count, owner, trouble);
	if (!error && (rename(beside, path) || file_sync_folder(path)))
		error = failed(trouble, path);
	if (error)
		return error;
	*ret_number = number;
	return XICA_OK;
}

int client_versions_use(const char *folder, unsigned number, struct client_trouble *trouble)
{
	cleanup_arena arena = ARENA_INIT;
	const char *link = arena_printf(&arena, "%s/" LINK, folder), *beside = arena_printf(&arena, "%s/" LINK UNFINISHED, folder),
		   *target = arena_printf(&arena, "%u", number);
	if (!link || !beside || !target)
		return XICA_ENOMEM;
	(void)unlink(beside); // of a crash
	if (!number)
		return unlink(link) && errno != ENOENT ? failed(trouble, link) : XICA_OK;
	if (symlink(target, beside) || rename(beside, link) || file_sync_folder(link))
		return failed(trouble, link);
	return XICA_OK;
}
