#include "client/reload.h"

#include <string.h>

#include "client/program.h"

enum { RELOAD_SECONDS = 120, WORDS_MAX = 6 };

static const char *filled(const struct client_server *server, const char *word, struct arena *arena)
{
	if (!strcmp(word, "@CONFIG@"))
		return server->config;
	return strcmp(word, "@FOLDER@") ? word : client_server_folder(server, arena);
}

int client_server_reload(const struct client_server *server, const char *own, struct client_trouble *trouble)
{
	cleanup_arena arena = ARENA_INIT;
	const struct client_server_kind *kind = server->kind;
	const char *program[] = {own, NULL}, *argv[WORDS_MAX] = {NULL};
	bool other = strcmp(server->config, kind->config) && kind->reload_other[0];
	const char *const *words = own ? program : other ? kind->reload_other : kind->reload;
	for (size_t i = 0; i < WORDS_MAX - 1 && words[i]; i++)
		if (!(argv[i] = filled(server, words[i], &arena)))
			return XICA_ENOMEM;
	return client_program_run(argv, NULL, RELOAD_SECONDS, "reload", trouble);
}

const char *client_server_check_at(const struct client_server *server, const struct client_lineage *lineage)
{
	return lineage->settings.check ? lineage->settings.check : server->kind->to_clients ? "127.0.0.1:5222" : "127.0.0.1:5269";
}

enum client_shown client_server_shows(const struct client_server *server, const struct client_lineage *lineage, const char *domain, struct view der)
{
	return client_shown_at(client_server_check_at(server, lineage), server->kind->to_clients ? XMPP_CLIENT : XMPP_SERVER, domain, der);
}
