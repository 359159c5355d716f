// A certificate and its key in two files are two symbolic links into a folder of versions, FOLDER/.xica/NAME: after the first time both change in one step.
#include "client/place.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

enum { FILE_MAX = 1 << 20, KEY_MODE = 0640, FOLDER_MODE = 0750 };
#define STORE ".xica"

static int failed(struct client_trouble *trouble, const char *path)
{
	return client_trouble_is(trouble, XICA_EIO, "%s can't be written: %s", path, strerror(errno));
}

// Root's, readable by the server's group. Who isn't root leaves its own.
static struct client_owner owner_of(const char *user)
{
	const struct passwd *entry = geteuid() == 0 ? getpwnam(user) : NULL;
	return entry ? (struct client_owner){0, entry->pw_gid, FOLDER_MODE} : (struct client_owner){(uid_t)-1, (gid_t)-1, FOLDER_MODE};
}

void client_placed_free(struct client_placed *placed)
{
	buf_wipe(&placed->certificate.content); // with the key, where both are in one file
	buf_wipe(&placed->key.content);
}

static void single_content(struct view key_pem, struct view fullchain_pem, struct buf *out)
{
	buf_add(out, key_pem);
	buf_add(out, fullchain_pem);
}

static bool file_is(const char *path, struct view content)
{
	cleanup_buf is = BUF_INIT;
	bool same = !file_read(path, FILE_MAX, &is) && view_equal(buf_view(&is), content);
	buf_wipe(&is);
	return same;
}

bool client_place_has(const struct client_place *place, struct view key_pem, struct view fullchain_pem)
{
	cleanup_buf whole = BUF_INIT;
	if (place->key)
		return file_is(place->certificate, fullchain_pem) && file_is(place->key, key_pem);
	single_content(key_pem, fullchain_pem, &whole);
	bool has = !buf_error(&whole) && file_is(place->certificate, buf_view(&whole));
	buf_wipe(&whole);
	return has;
}

// --- all in one file

static int write_single(const char *path, const char *user, struct view content, struct client_trouble *trouble)
{
	struct client_owner owner = owner_of(user);
	cleanup_arena arena = ARENA_INIT;
	const char *beside = arena_printf(&arena, "%s.xica-new", path);
	if (!beside)
		return XICA_ENOMEM;
	// Its owner is right before it has its name.
	if (file_replace(beside, KEY_MODE, content) || (owner.uid != (uid_t)-1 && chown(beside, owner.uid, owner.gid)) || rename(beside, path) ||
	    file_sync_folder(path))
		return failed(trouble, path);
	return XICA_OK;
}

// --- two files

static int link_to(const char *path, const char *target, struct client_trouble *trouble)
{
	cleanup_arena arena = ARENA_INIT;
	char is[512];
	const char *beside = arena_printf(&arena, "%s.xica-new", path);
	if (!beside)
		return XICA_ENOMEM;
	ssize_t len = readlink(path, is, sizeof(is));
	if (len > 0 && view_equal_str(view_bytes(is, (size_t)len), target))
		return XICA_OK;
	(void)unlink(beside); // of a crash
	if (symlink(target, beside) || rename(beside, path) || file_sync_folder(path))
		return failed(trouble, path);
	return XICA_OK;
}

static int make_links(const struct client_place *place, const char *store, const char *name, struct client_trouble *trouble)
{
	cleanup_arena arena = ARENA_INIT;
	size_t folder = (size_t)(strrchr(place->certificate, '/') - place->certificate);
	bool beside = strlen(place->key) > folder && !strncmp(place->key, place->certificate, folder) && !strchr(place->key + folder + 1, '/');
	const char *certificate = arena_printf(&arena, STORE "/%s/current/fullchain.pem", name);
	const char *key = beside ? arena_printf(&arena, STORE "/%s/current/privkey.pem", name) : arena_printf(&arena, "%s/current/privkey.pem", store);
	if (!certificate || !key)
		return XICA_ENOMEM;
	int error = link_to(place->key, key, trouble);
	return error ? error : link_to(place->certificate, certificate, trouble);
}

static int make_store(const char *store, const struct client_owner *owner, struct client_trouble *trouble)
{
	cleanup_arena arena = ARENA_INIT;
	const char *above = arena_strdup(&arena, view_bytes(store, (size_t)(strrchr(store, '/') - store)));
	if (!above)
		return XICA_ENOMEM;
	if (file_make_folder(above, owner->folder_mode) || (owner->uid != (uid_t)-1 && chown(above, owner->uid, owner->gid)))
		return failed(trouble, above);
	return XICA_OK;
}

static int put_pair(struct client_placed *placed, const char *name, const char *user, struct view key_pem, struct view fullchain_pem,
		    struct client_trouble *trouble)
{
	const struct client_owner owner = owner_of(user);
	const struct client_file files[] = {{"privkey.pem", KEY_MODE, key_pem}, {"fullchain.pem", 0644, fullchain_pem}};
	unsigned number;
	int error = make_store(placed->store, &owner, trouble);
	if (!error)
		error = client_versions_add(placed->store, files, 2, &owner, &number, trouble);
	if (!error)
		error = client_versions_use(placed->store, number, trouble);
	return error ? error : make_links(placed->place, placed->store, name, trouble);
}

// --- both

static int remember(const char *path, struct arena *arena, struct client_was *was, struct client_trouble *trouble)
{
	struct stat is;
	char target[4096];
	if (!path || lstat(path, &is))
		return XICA_OK;
	if (S_ISLNK(is.st_mode)) {
		ssize_t len = readlink(path, target, sizeof(target));
		was->link = len > 0 ? arena_strdup(arena, view_bytes(target, (size_t)len)) : NULL;
		return was->link ? XICA_OK : XICA_ENOMEM;
	}
	if (!S_ISREG(is.st_mode) || file_read(path, FILE_MAX, &was->content))
		return client_trouble_is(trouble, XICA_EIO, "%s, which is to be replaced, can't be read: %s", path, strerror(errno));
	was->plain = true;
	return XICA_OK;
}

int client_place_remember(const struct client_place *place, const char *name, struct arena *arena, struct client_placed *ret_placed,
			  struct client_trouble *trouble)
{
	size_t folder = (size_t)(strrchr(place->certificate, '/') - place->certificate);
	*ret_placed = (struct client_placed){.place = place, .store = arena_printf(arena, "%.*s/" STORE "/%s", (int)folder, place->certificate, name)};
	if (!ret_placed->store)
		return XICA_ENOMEM;
	int error = remember(place->certificate, arena, &ret_placed->certificate, trouble);
	if (!error)
		error = remember(place->key, arena, &ret_placed->key, trouble);
	if (error)
		return error;
	ret_placed->before = place->key ? client_versions_current(ret_placed->store) : 0;
	ret_placed->touched = true;
	return XICA_OK;
}

int client_place_put(const struct client_place *place, const char *name, const char *user, struct view key_pem, struct view fullchain_pem,
		     struct arena *arena, struct client_placed *ret_placed, struct client_trouble *trouble)
{
	cleanup_buf whole = BUF_INIT;
	int error = client_place_remember(place, name, arena, ret_placed, trouble);
	if (error)
		return error;
	if (place->key)
		return put_pair(ret_placed, name, user, key_pem, fullchain_pem, trouble);
	single_content(key_pem, fullchain_pem, &whole);
	error = buf_error(&whole) ? XICA_ENOMEM : write_single(place->certificate, user, buf_view(&whole), trouble);
	buf_wipe(&whole);
	return error;
}

static int restore(const char *path, const struct client_was *was, const char *user, struct client_trouble *trouble)
{
	if (!path)
		return XICA_OK;
	if (was->plain)
		return write_single(path, user, buf_view(&was->content), trouble);
	if (was->link)
		return link_to(path, was->link, trouble);
	return unlink(path) && errno != ENOENT ? failed(trouble, path) : XICA_OK;
}

int client_place_back(struct client_placed *placed, const char *user, struct client_trouble *trouble)
{
	int error = XICA_OK, then;
	if (!placed->touched)
		return XICA_OK;
	if (placed->place->key && placed->before)
		error = client_versions_use(placed->store, placed->before, trouble);
	then = restore(placed->place->key, &placed->key, user, trouble);
	error = error ? error : then;
	then = restore(placed->place->certificate, &placed->certificate, user, trouble);
	return error ? error : then;
}
