// Which certificates a server's hosts want.
#include <string.h>

#include "client/server.h"

// A host in A-labels; NULL: it can't be certified.
static const char *certifiable(const char *host, struct arena *arena)
{
	struct pki_identifier identifier;
	enum pki_name_fault fault;
	struct view ascii;
	if (!strchr(host, '.') || view_ends(view_str(host), VIEW_LIT(".localhost")) || view_ends(view_str(host), VIEW_LIT(".localdomain")) || pki_name_to_ascii(view_str(host), arena, &ascii) || pki_identifier_parse_dns(ascii, true, arena, &identifier, &fault) ||
	    identifier.wildcard)
		return NULL;
	return arena_strdup(arena, identifier.value);
}

static bool is_below(const char *host, const char *top)
{
	size_t len = strlen(host), top_len = strlen(top);
	return len > top_len + 1 && host[len - top_len - 1] == '.' && !strcmp(host + len - top_len, top);
}

static bool has_top(const char *host, const char *const *all, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (is_below(host, all[i]))
			return true;
	return false;
}

static int gather(const char *top, const char *const *all, size_t count, struct arena *arena, struct client_proposal *ret_proposal)
{
	struct client_proposal proposal = {arena_array(arena, count, sizeof(*proposal.names)), 0};
	if (!proposal.names)
		return XICA_ENOMEM;
	proposal.names[proposal.count++] = top;
	for (size_t i = 0; i < count && proposal.count < CLIENT_NAMES_MAX; i++)
		if (is_below(all[i], top))
			proposal.names[proposal.count++] = all[i];
	*ret_proposal = proposal;
	return XICA_OK;
}

int client_server_propose(const struct client_server *server, struct arena *arena, struct client_proposal **ret_list, size_t *ret_count)
{
	const char **all = arena_array(arena, server->host_count + 1, sizeof(*all));
	struct client_proposal *list = arena_array(arena, server->host_count + 1, sizeof(*list));
	size_t count = 0, proposed = 0;
	if (!all || !list)
		return XICA_ENOMEM;
	for (size_t i = 0; i < server->host_count; i++)
		if ((all[count] = certifiable(server->hosts[i].name, arena)))
			count++;
	for (size_t i = 0; i < count; i++)
		if (!has_top(all[i], all, count) && gather(all[i], all, count, arena, &list[proposed++]))
			return XICA_ENOMEM;
	*ret_list = list;
	*ret_count = proposed;
	return XICA_OK;
}

bool client_server_serves(const struct client_server *server, const char *const *names, size_t count)
{
	cleanup_arena arena = ARENA_INIT;
	for (size_t i = 0; i < server->host_count; i++) {
		const char *host = certifiable(server->hosts[i].name, &arena);
		for (size_t j = 0; host && j < count; j++)
			if (!strcasecmp(host, names[j]))
				return true;
	}
	return false;
}
