#include "client/server.h"

#include <string.h>

#include "base/file.h"
#include "client/proof.h"

static const struct client_server_kind *const KINDS[] = {&client_server_prosody, &client_server_ejabberd, &client_server_mongooseim, &client_server_jabberd2};
enum { KIND_COUNT = sizeof(KINDS) / sizeof(KINDS[0]) };

void client_server_free(struct client_server *server)
{
	arena_free(&server->arena);
	*server = CLIENT_SERVER_INIT;
}

const struct client_server_kind *client_server_find(const char *name)
{
	for (size_t i = 0; i < KIND_COUNT; i++)
		if (!strcmp(KINDS[i]->name, name))
			return KINDS[i];
	return NULL;
}

const char *client_server_folder(const struct client_server *server, struct arena *arena)
{
	const char *slash = strrchr(server->config, '/');
	return slash ? arena_strdup(arena, view_bytes(server->config, slash == server->config ? 1 : (size_t)(slash - server->config))) : ".";
}

void client_server_add_host(struct client_server *server, struct view name, const char *file)
{
	for (size_t i = 0; i < server->host_count; i++)
		if (view_equal_nocase(view_str(server->hosts[i].name), name))
			return;
	const char *copy = arena_strdup(&server->arena, name);
	if (name.len && copy && server->host_count < CLIENT_HOSTS_MAX)
		server->hosts[server->host_count++] = (struct client_host){copy, file};
}

void client_server_add_file(struct client_server *server, struct view file)
{
	const char *folder = client_server_folder(server, &server->arena);
	const char *path = arena_printf(&server->arena, "%s%s%.*s", file.len && file.ptr[0] == '/' ? "" : folder, file.len && file.ptr[0] == '/' ? "" : "/",
					VIEW_FMT(file));
	if (file.len && folder && path && server->file_count < CLIENT_HOSTS_MAX)
		server->files[server->file_count++] = path;
}

static const struct client_server_kind *kind_of(const char *config)
{
	const char *slash = strrchr(config, '/');
	for (size_t i = 0; i < KIND_COUNT; i++)
		if (strstr(slash ? slash + 1 : config, KINDS[i]->file_mark))
			return KINDS[i];
	return NULL;
}

int client_server_read(const char *config, struct client_server *server, struct client_trouble *trouble)
{
	server->kind = kind_of(config);
	if (!server->kind)
		return client_trouble_is(trouble, XICA_ENOTFOUND, "%s: of which server is that? prosody.cfg.lua, ejabberd.yml, mongooseim.toml and c2s.xml are known", config);
	server->config = arena_strdup(&server->arena, view_str(config));
	return server->config ? server->kind->read(server, trouble) : XICA_ENOMEM;
}

void client_server_shows_proofs(struct client_server *server, struct view folder)
{
	const char *path = arena_strdup(&server->arena, folder.len ? folder : VIEW_LIT(CLIENT_CHALLENGES));
	if (path)
		server->challenges = path;
}

// --- which one is here

static bool is_wanted(const char *config, const char *const *names, size_t count)
{
	cleanup_server server = CLIENT_SERVER_INIT;
	cleanup_trouble none = CLIENT_TROUBLE_INIT;
	struct client_proposal *proposals;
	size_t proposed;
	if (!file_exists(config) || client_server_read(config, &server, &none))
		return false;
	if (count)
		return client_server_serves(&server, names, count);
	return !client_server_propose(&server, &server.arena, &proposals, &proposed) && proposed;
}

int client_server_detect(const char *const *names, size_t count, struct client_server *server, struct client_trouble *trouble)
{
	const struct client_server_kind *found = NULL;
	for (size_t i = 0; i < KIND_COUNT; i++) {
		if (!is_wanted(KINDS[i]->config, names, count))
			continue;
		if (found)
			return client_trouble_is(trouble, XICA_ECONFLICT, "there are %s and %s: say which one by --server-config %s", found->title, KINDS[i]->title,
						 found->config);
		found = KINDS[i];
	}
	if (!found)
		return client_trouble_is(trouble, XICA_ENOTFOUND,
					 "no XMPP server is found whose hosts could be certified (Prosody, ejabberd, MongooseIM or jabberd2, with its configuration where packages put it): name its "
					 "configuration file by --server-config, or the hosts on the command line");
	return client_server_read(found->config, server, trouble);
}
