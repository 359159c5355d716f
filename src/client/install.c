#include "client/install.h"

#include <string.h>

#include "client/place.h"
#include "client/reload.h"
#include "client/shown.h"
#include "client/wait.h"

enum { SHOWN_SECONDS = 20 };

struct install {
	const struct client_lineage *lineage;
	unsigned before;
	const struct client_tell *tell;
	struct client_trouble *trouble;
	struct client_server server;
	struct client_place place;
	struct client_placed placed;
	struct buf key, fullchain, leaf; // leaf: DER
	struct arena arena;
};

// --- the server

static int reload(const struct install *install, struct client_trouble *trouble)
{
	return client_server_reload(&install->server, install->lineage->settings.reload, trouble);
}

// A wildcard names no host; of a service the domain is asked for.
static const char *domain_to_ask(const struct install *install, struct arena *arena)
{
	for (size_t i = 0; i < install->lineage->settings.name_count; i++)
		if (!install->lineage->names[i].wildcard)
			return arena_strdup(arena, install->lineage->names[i].value);
	return NULL;
}

static enum client_shown look(const struct install *install)
{
	cleanup_arena arena = ARENA_INIT;
	const char *domain = domain_to_ask(install, &arena);
	return domain ? client_server_shows(&install->server, install->lineage, domain, buf_view(&install->leaf)) : CLIENT_UNREACHABLE;
}

static bool comes_up(const struct install *install)
{
	struct client_wait wait = client_wait_for(SHOWN_SECONDS, NULL);
	do
		if (look(install) == CLIENT_SHOWS_IT)
			return true;
	while (client_wait_more(&wait, 0));
	return false;
}

// --- the steps

static int read_files(struct install *install)
{
	struct client_chain chain;
	int error = client_lineage_read(install->lineage, "key.pem", &install->key, install->trouble);
	if (!error)
		error = client_lineage_read(install->lineage, "fullchain.pem", &install->fullchain, install->trouble);
	if (!error)
		error = client_chain_read(buf_view(&install->fullchain), &install->arena, &chain, install->trouble);
	if (error)
		return error;
	buf_add(&install->leaf, chain.list[0].der);
	return buf_error(&install->leaf);
}

static int go_back(struct install *install, const char *why)
{
	cleanup_trouble worse = CLIENT_TROUBLE_INIT;
	const struct client_server_kind *kind = install->server.kind;
	if (client_versions_use(install->lineage->folder, install->before, &worse) || client_place_back(&install->placed, kind->user, &worse))
		return client_trouble_is(install->trouble, XICA_EDENIED, "%s %s; and what it had could not be put back: %s", kind->title, why, client_trouble_text(&worse));
	(void)client_trouble_is(install->trouble, XICA_EDENIED, "%s %s. It has again what it had before. Its log says more", kind->title, why);
	if (reload(install, &worse))
		client_trouble_add(install->trouble, "; and then: %s", client_trouble_text(&worse));
	return XICA_EDENIED;
}

// A server that runs must show it; one that doesn't takes it when it starts.
static int tell_server(struct install *install, struct client_installed *installed)
{
	cleanup_trouble why = CLIENT_TROUBLE_INIT;
	bool runs = look(install) != CLIENT_UNREACHABLE;
	const char *title = install->server.kind->title;
	int error = reload(install, &why);
	if (!runs) {
		client_tell(install->tell, "%s does not answer at %s: it was not looked whether it shows the certificate (--check HOST:PORT says where it does)", title,
			    client_server_check_at(&install->server, install->lineage));
		return XICA_OK;
	}
	if (error) {
		cleanup_buf text = BUF_INIT;
		buf_addf(&text, "can't be told to take the certificate (%s)", client_trouble_text(&why));
		return go_back(install, buf_cstr(&text) ? buf_cstr(&text) : "can't be told");
	}
	if (!comes_up(install))
		return go_back(install, install->server.kind->to_clients ? "does not show the new certificate to clients" : "does not show the new certificate to other servers");
	installed->checked = true;
	client_tell(install->tell, "%s shows the new certificate", title);
	return XICA_OK;
}

// The server reads where the files are already.
static int renew_in_place(struct install *install, struct client_installed *installed)
{
	installed->checked = look(install) == CLIENT_SHOWS_IT;
	if (installed->checked)
		return XICA_OK;
	installed->changed = true;
	return tell_server(install, installed);
}

static void advise(struct install *install)
{
	const struct client_server_kind *kind = install->server.kind;
	const char *advice = kind->advise ? kind->advise(&install->server, &install->place, &install->arena) : NULL;
	if (advice)
		client_tell(install->tell, "%s", advice);
}

static int put(struct install *install, struct client_installed *installed)
{
	const struct client_server_kind *kind = install->server.kind;
	struct view key = buf_view(&install->key), fullchain = buf_view(&install->fullchain);
	if (!install->place.certificate)
		return renew_in_place(install, installed);
	if (client_place_has(&install->place, key, fullchain)) {
		installed->checked = look(install) == CLIENT_SHOWS_IT;
		return XICA_OK;
	}
	int error = client_place_put(&install->place, install->lineage->name, kind->user, key, fullchain, &install->arena, &install->placed, install->trouble);
	if (error) {
		cleanup_trouble unheard = CLIENT_TROUBLE_INIT;
		(void)!client_place_back(&install->placed, kind->user, &unheard);
		return error;
	}
	client_tell(install->tell, "%s: installed for %s in %s", install->lineage->name, kind->title, install->place.certificate);
	installed->changed = true;
	error = tell_server(install, installed);
	if (!error)
		advise(install);
	if (!error && install->place.key)
		client_versions_prune(install->placed.store);
	return error;
}

int client_install(const struct client_lineage *lineage, unsigned before, const struct client_tell *tell, struct client_installed *ret_installed,
		   struct client_trouble *trouble)
{
	struct install install = {.lineage = lineage, .before = before, .tell = tell, .trouble = trouble, .server = CLIENT_SERVER_INIT, .arena = ARENA_INIT};
	struct client_installed installed = {.changed = false};
	cleanup_trouble unheard = CLIENT_TROUBLE_INIT;
	int error = client_server_read(lineage->settings.server_config, &install.server, trouble);
	if (!error)
		error = read_files(&install);
	if (!error)
		error = install.server.kind->place(&install.server, lineage, &install.arena, &install.place, trouble);
	if (!error)
		error = put(&install, &installed);
	client_placed_free(&install.placed);
	client_server_free(&install.server);
	buf_wipe(&install.key);
	buf_free(&install.fullchain);
	buf_free(&install.leaf);
	arena_free(&install.arena);
	if (!error)
		*ret_installed = installed;
	else
		(void)!client_versions_use(lineage->folder, before, &unheard);
	return error;
}
