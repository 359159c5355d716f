// The settings of one certificate: what is given now goes before what is remembered.
#include <stdlib.h>
#include <string.h>

#include "cli/get.h"

static int set_names(struct get *get, struct client_lineage *lineage, const char *const *names, size_t count)
{
	struct client_settings *settings = &lineage->settings;
	settings->names = arena_array(&lineage->arena, count + 1, sizeof(*settings->names));
	settings->name_count = count;
	for (size_t i = 0; settings->names && i < count; i++) {
		bool service = get->delegated && names[i][0] != '_';
		if (!(settings->names[i] = arena_printf(&lineage->arena, "%s%s", service ? "_xmpp-server." : "", names[i])))
			return XICA_ENOMEM;
	}
	return settings->names ? XICA_OK : XICA_ENOMEM;
}

// The CA of the certificates that there are, where all of them are of one, and the roots by which it was trusted.
static void take_only_server(struct get *get, struct client_settings *settings)
{
	const char **names, *server = NULL, *ca_file = NULL;
	size_t count = 0;
	if (obtain_lineages(get->obtain.options.config_dir, &get->arena, &names, &count))
		return;
	for (size_t i = 0; i < count; i++) {
		cleanup_lineage lineage = CLIENT_LINEAGE_INIT;
		cleanup_trouble none = CLIENT_TROUBLE_INIT;
		if (client_lineage_open(&lineage, get->obtain.options.config_dir, names[i], &none))
			continue;
		if (server && strcmp(server, lineage.settings.server))
			return;
		server = arena_strdup(&get->arena, view_str(lineage.settings.server));
		if (lineage.settings.ca_file)
			ca_file = arena_strdup(&get->arena, view_str(lineage.settings.ca_file));
	}
	settings->server = server;
	if (!settings->ca_file)
		settings->ca_file = ca_file;
}

static void take(const char **setting, const char *given)
{
	if (given)
		*setting = given;
}

static void take_port(unsigned *setting, unsigned given, unsigned usual)
{
	if (given || !*setting)
		*setting = given ? given : usual;
}

// Who says where an own server is to listen wants one.
static const char *proof_of_port(const struct client_settings *given)
{
	if (given->webroot || given->hook || given->challenges)
		return NULL;
	return given->tls_port ? "tls" : given->http_port ? "http" : NULL;
}

static bool same(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

// Returns whether the certificate itself would be another.
static bool merge(struct get *get, struct client_settings *settings)
{
	const struct client_settings before = *settings, *given = &get->given;
	take(&settings->server, given->server ? client_directory_url(given->server, &get->arena) : NULL);
	take(&settings->ca_file, given->ca_file);
	take(&settings->email, given->email);
	take(&settings->challenges, given->challenges);
	take(&settings->webroot, given->webroot);
	take(&settings->hook, given->hook);
	take(&settings->profile, given->profile ? given->profile : get->delegated && !settings->profile ? "delegated" : NULL);
	take(&settings->chain, given->chain);
	take(&settings->key, given->key);
	take(&settings->check, given->check);
	take(&settings->reload, given->reload);
	if (given->proof || given->webroot || given->hook || given->challenges || given->http_port || given->tls_port)
		settings->proof = given->proof ? given->proof : proof_of_port(given); // NULL: chosen anew by what there is
	take_port(&settings->http_port, given->http_port, 80);
	take_port(&settings->tls_port, given->tls_port, 443);
	if (!settings->server)
		take_only_server(get, settings);
	return !same(before.server, settings->server) || !same(before.profile, settings->profile) || !same(before.key, settings->key) ||
	       !same(before.chain, settings->chain);
}

static int fill(struct get *get, struct client_lineage *lineage, const char *const *names, size_t count, bool *ret_other, struct client_trouble *trouble)
{
	cleanup_trouble none = CLIENT_TROUBLE_INIT;
	const char *first = arena_printf(&get->arena, "%s%s", get->delegated && names[0][0] != '_' ? "_xmpp-server." : "", names[0]);
	const char *name = first ? client_lineage_name(first, &get->arena) : NULL;
	if (!name || !*name || strchr(name, '/') || name[0] == '.')
		return client_trouble_is(trouble, XICA_EINVAL, "'%s' is no domain", names[0]);
	bool old = !client_lineage_open(lineage, get->obtain.options.config_dir, name, &none);
	int error = set_names(get, lineage, names, count);
	if (!error)
		error = client_lineage_read_names(lineage, trouble);
	if (error)
		return error;
	*ret_other = merge(get, &lineage->settings) && old;
	if (!lineage->settings.server)
		return client_trouble_is(trouble, XICA_EINVAL, "which CA? Give the URL of its ACME directory by --server");
	return XICA_OK;
}

void get_one(struct get *get, const char *const *names, size_t count, const struct client_server *server)
{
	cleanup_lineage lineage = CLIENT_LINEAGE_INIT;
	cleanup_trouble trouble = CLIENT_TROUBLE_INIT;
	bool forced = get->obtain.options.force, other = false;
	if (fill(get, &lineage, names, count, &other, &trouble)) {
		obtain_failed(&get->obtain, names[0], &trouble);
		return;
	}
	if (server || get->no_install)
		lineage.settings.server_config = get->no_install ? NULL : server->config;
	if (server && server->challenges && !lineage.settings.challenges)
		lineage.settings.challenges = server->challenges;
	get->obtain.options.force = forced || other;
	obtain_one(&get->obtain, &lineage);
	get->obtain.options.force = forced;
}
