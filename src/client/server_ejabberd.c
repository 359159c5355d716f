// ejabberd (18 and newer): ejabberd.yml. Certificates are files of certfiles, patterns too; one file may hold chain and key.
#include <errno.h>
#include <fnmatch.h>
#include <string.h>
#include <yaml.h>

#include "base/file.h"
#include "client/self_signed.h"
#include "client/server.h"

// Modules that are hosts of their own, and what they are called where the configuration doesn't say.
static const struct {
	const char *module, *host;
} COMPONENTS[] = {
	{"mod_muc", "conference.@HOST@"}, {"mod_pubsub", "pubsub.@HOST@"}, {"mod_http_upload", "upload.@HOST@"},
	{"mod_proxy65", "proxy.@HOST@"},  {"mod_mix", "mix.@HOST@"},       {"mod_multicast", "multicast.@HOST@"},
};

// --- YAML

static struct view text_of(const yaml_node_t *node)
{
	return node && node->type == YAML_SCALAR_NODE ? view_bytes(node->data.scalar.value, node->data.scalar.length) : VIEW_NONE;
}

static yaml_node_t *member(yaml_document_t *document, const yaml_node_t *map, const char *name)
{
	if (!map || map->type != YAML_MAPPING_NODE)
		return NULL;
	for (const yaml_node_pair_t *pair = map->data.mapping.pairs.start; pair < map->data.mapping.pairs.top; pair++)
		if (view_equal_str(text_of(yaml_document_get_node(document, pair->key)), name))
			return yaml_document_get_node(document, pair->value);
	return NULL;
}

// Each of a list, or the one where there is no list.
static void each(yaml_document_t *document, yaml_node_t *node, void (*use)(struct client_server *server, struct view text), struct client_server *server)
{
	if (node && node->type == YAML_SCALAR_NODE)
		use(server, text_of(node));
	if (!node || node->type != YAML_SEQUENCE_NODE)
		return;
	for (const yaml_node_item_t *item = node->data.sequence.items.start; item < node->data.sequence.items.top; item++) {
		struct view text = text_of(yaml_document_get_node(document, *item));
		if (text.len)
			use(server, text);
	}
}

// --- hosts

static void add_host(struct client_server *server, struct view name)
{
	client_server_add_host(server, name, NULL);
}

// "conference.@HOST@" for each host that is one by itself; these are the first.
static void add_component(struct client_server *server, struct view pattern, size_t hosts)
{
	static const char MARK[] = "@HOST@";
	const uint8_t *mark = pattern.len ? memmem(pattern.ptr, pattern.len, MARK, sizeof(MARK) - 1) : NULL;
	if (!mark) {
		client_server_add_host(server, pattern, NULL);
		return;
	}
	size_t before = (size_t)(mark - pattern.ptr);
	for (size_t i = 0; i < hosts; i++) {
		cleanup_buf name = BUF_INIT;
		buf_add(&name, view_sub(pattern, 0, before));
		buf_add_str(&name, server->hosts[i].name);
		buf_add(&name, view_sub(pattern, before + sizeof(MARK) - 1, SIZE_MAX));
		client_server_add_host(server, buf_view(&name), NULL);
	}
}

static void add_components(struct client_server *server, yaml_document_t *document, const yaml_node_t *root)
{
	const yaml_node_t *modules = member(document, root, "modules");
	size_t hosts = server->host_count;
	for (size_t i = 0; i < sizeof(COMPONENTS) / sizeof(COMPONENTS[0]); i++) {
		const yaml_node_t *module = member(document, modules, COMPONENTS[i].module);
		struct view host = text_of(member(document, module, "host"));
		const yaml_node_t *list = member(document, module, "hosts");
		if (!module)
			continue;
		if (!list || list->type != YAML_SEQUENCE_NODE) {
			add_component(server, host.len ? host : view_str(COMPONENTS[i].host), hosts);
			continue;
		}
		for (const yaml_node_item_t *item = list->data.sequence.items.start; item < list->data.sequence.items.top; item++)
			add_component(server, text_of(yaml_document_get_node(document, *item)), hosts);
	}
}

static void read_document(struct client_server *server, yaml_document_t *document)
{
	const yaml_node_t *root = yaml_document_get_root_node(document);
	each(document, member(document, root, "hosts"), add_host, server);
	each(document, member(document, root, "certfiles"), client_server_add_file, server);
	add_components(server, document, root);
	const yaml_node_t *module = member(document, member(document, root, "modules"), "mod_xica");
	if (module)
		client_server_shows_proofs(server, text_of(member(document, module, "challenges")));
}

static int read(struct client_server *server, struct client_trouble *trouble)
{
	cleanup_buf text = BUF_INIT;
	yaml_parser_t parser;
	yaml_document_t document;
	int error = file_read(server->config, CLIENT_CONFIG_MAX, &text);
	if (error)
		return client_trouble_is(trouble, error, "%s can't be read: %s", server->config, strerror(errno));
	if (!buf_cstr(&text) || !yaml_parser_initialize(&parser))
		return XICA_ENOMEM;
	yaml_parser_set_input_string(&parser, (const unsigned char *)buf_cstr(&text), text.len); // never NULL, not even for nothing
	if (yaml_parser_load(&parser, &document)) {
		read_document(server, &document);
		yaml_document_delete(&document);
	} else
		error = client_trouble_is(trouble, XICA_EPARSE, "%s line %zu: %s", server->config, parser.problem_mark.line + 1,
					  parser.problem ? parser.problem : "no YAML");
	yaml_parser_delete(&parser);
	return error;
}

// --- where it goes

// Does a pattern find the files of the lineage itself? ("/etc/xica/certificates/*/current/*.pem")
static bool reads_lineage(const struct client_server *server, const struct client_lineage *lineage, struct arena *arena)
{
	const char *path = arena_printf(arena, "%s/current/fullchain.pem", lineage->folder);
	for (size_t i = 0; path && i < server->file_count; i++)
		if (!fnmatch(server->files[i], path, FNM_PATHNAME))
			return true;
	return false;
}

// A file that a pattern of certfiles finds; else a file that is named there and holds what the server's package made for the time being, or what we put there.
static int place(const struct client_server *server, const struct client_lineage *lineage, struct arena *arena, struct client_place *ret_place,
		 struct client_trouble *trouble)
{
	if (reads_lineage(server, lineage, arena)) {
		*ret_place = (struct client_place){NULL, NULL};
		return XICA_OK;
	}
	for (size_t i = 0; i < server->file_count; i++) {
		const char *pattern = server->files[i], *slash = strrchr(pattern, '/');
		const char *path = arena_printf(arena, "%.*s/%s.pem", (int)(slash - pattern), pattern, lineage->name);
		if (!path)
			return XICA_ENOMEM;
		if (strpbrk(slash, "*?[") && !memchr(pattern, '*', (size_t)(slash - pattern)) && !fnmatch(pattern, path, FNM_PATHNAME)) {
			*ret_place = (struct client_place){path, NULL};
			return XICA_OK;
		}
	}
	for (size_t i = 0; i < server->file_count; i++)
		if (!strpbrk(server->files[i], "*?[") && client_may_replace(server->files[i], lineage)) {
			*ret_place = (struct client_place){server->files[i], NULL};
			return XICA_OK;
		}
	const char *folder = client_server_folder(server, arena);
	return client_trouble_is(trouble, XICA_EINVAL,
				 "%s names no place for the certificate: make the folder %s/certs, write under certfiles: the line - \"%s/certs/*.pem\", and run this again",
				 server->config, folder, folder);
}

const struct client_server_kind client_server_ejabberd = {
	.name = "ejabberd", .title = "ejabberd", .config = "/etc/ejabberd/ejabberd.yml", .file_mark = "ejabberd", .user = "ejabberd",
	.reload = {"ejabberdctl", "reload-config", NULL}, .reload_other = {"ejabberdctl", "--config-dir", "@FOLDER@", "reload-config", NULL},
	.read = read, .place = place};
