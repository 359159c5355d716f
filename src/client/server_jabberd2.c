// jabberd2: c2s.xml has an <id pemfile='…'>host</id> for each host, with chain and key in one file.
#include <errno.h>
#include <expat.h>
#include <string.h>

#include "base/file.h"
#include "client/self_signed.h"
#include "client/server.h"

struct reading {
	struct client_server *server;
	XML_Parser parser;
	unsigned depth, local; // local: the depth of <local>; 0: not in it
	bool in_id;
	const char *file; // of this <id>
	struct buf name;
};

static void on_start(void *context, const XML_Char *name, const XML_Char **attributes)
{
	struct reading *reading = context;
	reading->depth++;
	if (!strcmp(name, "local") && !reading->local)
		reading->local = reading->depth;
	reading->in_id = reading->local && !strcmp(name, "id");
	if (!reading->in_id)
		return;
	buf_clear(&reading->name);
	reading->file = NULL;
	for (; attributes[0]; attributes += 2)
		if (!strcmp(attributes[0], "pemfile"))
			reading->file = arena_strdup(&reading->server->arena, view_str(attributes[1]));
}

static void on_text(void *context, const XML_Char *text, int len)
{
	struct reading *reading = context;
	if (reading->in_id)
		buf_add(&reading->name, view_bytes(text, (size_t)len));
}

static void on_end(void *context, const XML_Char *name)
{
	struct reading *reading = context;
	(void)name;
	if (reading->in_id) {
		struct view host = buf_view(&reading->name);
		while (host.len && strchr(" \t\r\n", host.ptr[host.len - 1]))
			host.len--;
		while (host.len && strchr(" \t\r\n", host.ptr[0]))
			host = view_sub(host, 1, SIZE_MAX);
		client_server_add_host(reading->server, host, reading->file);
	}
	reading->in_id = false;
	if (reading->depth-- == reading->local)
		reading->local = 0;
}

static void on_doctype(void *context, const XML_Char *name, const XML_Char *system_id, const XML_Char *public_id, int internal)
{
	const struct reading *reading = context;
	(void)name, (void)system_id, (void)public_id, (void)internal;
	(void)XML_StopParser(reading->parser, XML_FALSE);
}

static int parse(struct reading *reading, struct view text, struct client_trouble *trouble)
{
	XML_SetUserData(reading->parser, reading);
	XML_SetElementHandler(reading->parser, on_start, on_end);
	XML_SetCharacterDataHandler(reading->parser, on_text);
	XML_SetStartDoctypeDeclHandler(reading->parser, on_doctype);
	if (XML_Parse(reading->parser, (const char *)text.ptr, (int)text.len, XML_TRUE) == XML_STATUS_OK)
		return XICA_OK;
	return client_trouble_is(trouble, XICA_EPARSE, "%s line %lu: %s", reading->server->config, XML_GetCurrentLineNumber(reading->parser),
				 XML_ErrorString(XML_GetErrorCode(reading->parser)));
}

static int read(struct client_server *server, struct client_trouble *trouble)
{
	cleanup_buf text = BUF_INIT;
	struct reading reading = {.server = server};
	int error = file_read(server->config, CLIENT_CONFIG_MAX, &text);
	if (error)
		return client_trouble_is(trouble, error, "%s can't be read: %s", server->config, strerror(errno));
	reading.parser = XML_ParserCreate(NULL);
	if (!reading.parser)
		return XICA_ENOMEM;
	error = parse(&reading, buf_view(&text), trouble);
	XML_ParserFree(reading.parser);
	buf_free(&reading.name);
	return error;
}

static int place(const struct client_server *server, const struct client_lineage *lineage, struct arena *arena, struct client_place *ret_place,
		 struct client_trouble *trouble)
{
	(void)arena;
	for (size_t i = 0; i < server->host_count; i++) {
		const struct client_host *host = &server->hosts[i];
		if (!view_equal_nocase(view_str(host->name), lineage->names[0].value) || !host->file)
			continue;
		if (!client_may_replace(host->file, lineage))
			return client_trouble_is(trouble, XICA_EINVAL, "%s holds a certificate for other hosts: give %s a pemfile of its own in %s", host->file, host->name,
						 server->config);
		*ret_place = (struct client_place){host->file, NULL};
		return XICA_OK;
	}
	return client_trouble_is(trouble, XICA_EINVAL, "%s names no file for %s: write pemfile='/etc/jabberd2/%s.pem' into its <id>, and run this again", server->config,
				 lineage->name, lineage->name);
}

// --- s2s.xml, which c2s.xml knows nothing of: one file for all hosts, in <local><pemfile>

struct between_servers {
	unsigned depth;
	bool in_local, in_pemfile;
	struct buf file;
};

static void on_s2s_start(void *context, const XML_Char *name, const XML_Char **attributes)
{
	struct between_servers *reading = context;
	(void)attributes;
	reading->depth++;
	if (reading->depth == 2)
		reading->in_local = !strcmp(name, "local");
	reading->in_pemfile = reading->depth == 3 && reading->in_local && !strcmp(name, "pemfile");
}

static void on_s2s_text(void *context, const XML_Char *text, int len)
{
	struct between_servers *reading = context;
	if (reading->in_pemfile)
		buf_add(&reading->file, view_bytes(text, (size_t)len));
}

static void on_s2s_end(void *context, const XML_Char *name)
{
	struct between_servers *reading = context;
	(void)name;
	reading->depth--;
	reading->in_pemfile = false;
}

// Is this the file that s2s.xml names? Of a broken one nothing is said.
static bool names_file(struct view text, const char *file)
{
	struct between_servers reading = {.depth = 0};
	XML_Parser parser = XML_ParserCreate(NULL);
	if (!parser)
		return true;
	XML_SetUserData(parser, &reading);
	XML_SetElementHandler(parser, on_s2s_start, on_s2s_end);
	XML_SetCharacterDataHandler(parser, on_s2s_text);
	bool whole = XML_Parse(parser, (const char *)text.ptr, (int)text.len, XML_TRUE) == XML_STATUS_OK;
	XML_ParserFree(parser);
	bool same = !whole || view_equal_str(buf_view(&reading.file), file);
	buf_free(&reading.file);
	return same;
}

static const char *advise(const struct client_server *server, const struct client_place *place, struct arena *arena)
{
	cleanup_buf text = BUF_INIT;
	const char *path = arena_printf(arena, "%s/s2s.xml", client_server_folder(server, arena));
	if (!path || file_read(path, CLIENT_CONFIG_MAX, &text) || names_file(buf_view(&text), place->certificate))
		return NULL;
	return arena_printf(arena, "Other servers are not shown it yet: write <pemfile>%s</pemfile> into <local> of %s, and restart jabberd2", place->certificate, path);
}

const struct client_server_kind client_server_jabberd2 = {
	.name = "jabberd2", .title = "jabberd2", .config = "/etc/jabberd2/c2s.xml", .file_mark = "c2s", .user = "jabber", .to_clients = true,
	.reload = {"systemctl", "restart", "jabberd", NULL}, .read = read, .place = place, .advise = advise};
