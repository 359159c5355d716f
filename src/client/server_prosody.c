// Prosody (0.11 and newer): prosody.cfg.lua and what it includes. Certificates are found by their dNSNames in the folder "certificates".
#include "client/server_prosody.h"

#include <errno.h>
#include <glob.h>
#include <string.h>

#include "base/file.h"
#include "client/lua.h"

enum { INCLUDE_DEPTH_MAX = 4 };

struct reading {
	struct client_server *server;
	bool shows;       // the global section loads mod_xica
	const char *challenges; // where that looks; NULL: nothing is said
	struct client_lua lua;
	struct client_lua_token token;
	unsigned nested; // in braces and parentheses
	size_t host;     // index + 1 of the section we are in; 0: the global one
};

static void next(struct reading *reading)
{
	reading->token = client_lua_next(&reading->lua);
}

static bool is_sign(const struct reading *reading, const char *sign)
{
	return reading->token.kind == CLIENT_LUA_SIGN && view_equal_str(reading->token.text, sign);
}

static bool is_word(const struct reading *reading, const char *word)
{
	return reading->token.kind == CLIENT_LUA_WORD && view_equal_str(reading->token.text, word);
}

// VirtualHost "x", VirtualHost("x"): is the token behind it a string? It is the current one then.
static bool argument(struct reading *reading)
{
	next(reading);
	if (is_sign(reading, "("))
		next(reading);
	return reading->token.kind == CLIENT_LUA_STRING;
}

static void read_host(struct reading *reading)
{
	if (!argument(reading))
		return;
	size_t before = reading->server->host_count;
	client_server_add_host(reading->server, reading->token.text, NULL);
	reading->host = reading->server->host_count > before ? before + 1 : SIZE_MAX;
	next(reading);
	if (is_sign(reading, ")"))
		next(reading);
}

// certificates = "certs" of the global section; enabled = false of a host's takes it away again.
static void read_option(struct reading *reading)
{
	struct client_server *server = reading->server;
	bool certificates = !reading->host && is_word(reading, "certificates"), enabled = is_word(reading, "enabled");
	next(reading);
	if (!is_sign(reading, "="))
		return;
	next(reading);
	if (certificates && reading->token.kind == CLIENT_LUA_STRING)
		client_server_add_file(server, reading->token.text);
	if (enabled && is_word(reading, "false") && reading->host && reading->host == server->host_count)
		server->host_count--;
}

// modules_enabled = { "tls", "xica" } of the global section: for all hosts.
static void read_modules(struct reading *reading)
{
	next(reading);
	if (!is_sign(reading, "="))
		return;
	next(reading);
	if (!is_sign(reading, "{"))
		return;
	for (next(reading); reading->token.kind != CLIENT_LUA_END && !is_sign(reading, "}"); next(reading))
		if (!reading->host && reading->token.kind == CLIENT_LUA_STRING && view_equal_str(reading->token.text, "xica"))
			reading->shows = true;
	next(reading);
}

static void read_challenges(struct reading *reading)
{
	next(reading);
	if (!is_sign(reading, "="))
		return;
	next(reading);
	if (!reading->host && reading->token.kind == CLIENT_LUA_STRING)
		reading->challenges = arena_strdup(&reading->server->arena, reading->token.text);
}

static void read_include(struct reading *reading, void (*include)(struct client_server *, const char *, unsigned), unsigned depth)
{
	if (!argument(reading) || !include || depth >= INCLUDE_DEPTH_MAX)
		return;
	const char *pattern = arena_strdup(&reading->server->arena, reading->token.text);
	if (pattern)
		include(reading->server, pattern, depth + 1);
}

void client_prosody_read_text(struct client_server *server, struct view text, void (*include)(struct client_server *, const char *, unsigned),
			      unsigned depth)
{
	struct reading reading = {.server = server, .lua = {.rest = text}};
	next(&reading);
	while (reading.token.kind != CLIENT_LUA_END) {
		if (is_sign(&reading, "{") || is_sign(&reading, "("))
			reading.nested++;
		else if ((is_sign(&reading, "}") || is_sign(&reading, ")")) && reading.nested)
			reading.nested--;
		else if (!reading.nested && (is_word(&reading, "VirtualHost") || is_word(&reading, "Host") || is_word(&reading, "Component"))) {
			read_host(&reading);
			continue;
		} else if (!reading.nested && is_word(&reading, "Include"))
			read_include(&reading, include, depth);
		else if (!reading.nested && (is_word(&reading, "certificates") || is_word(&reading, "enabled"))) {
			read_option(&reading);
			continue;
		} else if (!reading.nested && is_word(&reading, "modules_enabled")) {
			read_modules(&reading);
			continue;
		} else if (!reading.nested && is_word(&reading, "xica_challenges")) {
			read_challenges(&reading);
			continue;
		}
		next(&reading);
	}
	if (reading.shows)
		client_server_shows_proofs(server, view_str(reading.challenges));
	client_lua_free(&reading.lua);
}

// --- files

static int read_file(struct client_server *server, const char *path, unsigned depth);

static void include_files(struct client_server *server, const char *pattern, unsigned depth)
{
	glob_t found;
	const char *folder = client_server_folder(server, &server->arena);
	const char *whole = *pattern == '/' ? pattern : arena_printf(&server->arena, "%s/%s", folder, pattern);
	if (!whole || glob(whole, 0, NULL, &found))
		return;
	for (size_t i = 0; i < found.gl_pathc; i++)
		(void)!read_file(server, found.gl_pathv[i], depth);
	globfree(&found);
}

static int read_file(struct client_server *server, const char *path, unsigned depth)
{
	cleanup_buf text = BUF_INIT;
	int error = file_read(path, CLIENT_CONFIG_MAX, &text);
	if (!error)
		client_prosody_read_text(server, buf_view(&text), include_files, depth);
	return error;
}

static int read(struct client_server *server, struct client_trouble *trouble)
{
	int error = read_file(server, server->config, 0);
	if (error)
		return client_trouble_is(trouble, error, "%s can't be read: %s", server->config, strerror(errno));
	if (!server->file_count)
		client_server_add_file(server, VIEW_LIT("certs"));
	return XICA_OK;
}

static int place(const struct client_server *server, const struct client_lineage *lineage, struct arena *arena, struct client_place *ret_place,
		 struct client_trouble *trouble)
{
	const char *folder = server->files[server->file_count - 1];
	if (!file_exists(folder))
		return client_trouble_is(trouble, XICA_EINVAL, "%s says that certificates are in %s, and that folder is not there: make it", server->config, folder);
	const struct client_place place = {arena_printf(arena, "%s/%s.crt", folder, lineage->name), arena_printf(arena, "%s/%s.key", folder, lineage->name)};
	if (!place.certificate || !place.key)
		return XICA_ENOMEM;
	*ret_place = place;
	return XICA_OK;
}

const struct client_server_kind client_server_prosody = {
	.name = "prosody", .title = "Prosody", .config = "/etc/prosody/prosody.cfg.lua", .file_mark = "prosody", .user = "prosody",
	.reload = {"prosodyctl", "reload", NULL}, .reload_other = {"prosodyctl", "--config", "@CONFIG@", "reload", NULL},
	.read = read, .place = place};
