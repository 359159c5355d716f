// Which certificates: of the names that were given, or of the hosts of the XMPP server that is installed.
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/get.h"

static bool can_ask(const struct get *get)
{
	return !get->json && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
}

static bool ask(const char *question)
{
	char line[16];
	printf("%s [Y/n] ", question);
	(void)fflush(stdout);
	return fgets(line, sizeof(line), stdin) && (line[0] == '\n' || line[0] == 'y' || line[0] == 'Y' || line[0] == 'j' || line[0] == 'J');
}

static bool ask_terms(const char *url, void *context)
{
	(void)context;
	printf("The CA has terms of service: %s\n", url);
	return ask("Do you agree with them?");
}

static int find_server(struct get *get, const char *const *names, size_t count, struct client_server *server, struct client_trouble *trouble)
{
	if (get->given.server_config)
		return client_server_read(get->given.server_config, server, trouble);
	return client_server_detect(names, count, server, trouble);
}

// --- names that were given

// Installed where a server of this machine serves one of them.
static void get_names(struct get *get, const char *const *names, size_t count)
{
	cleanup_server server = CLIENT_SERVER_INIT;
	cleanup_trouble trouble = CLIENT_TROUBLE_INIT;
	int error = get->no_install ? XICA_ENOTFOUND : find_server(get, names, count, &server, &trouble);
	if (error && error != XICA_ENOTFOUND && !get->no_install) {
		obtain_failed(&get->obtain, names[0], &trouble);
		return;
	}
	if (!error && get->given.server_config && !client_server_serves(&server, names, count))
		client_tell(&get->obtain.tell, "%s has none of these names among its hosts; the certificate is installed there all the same", server.config);
	get_one(get, names, count, error ? NULL : &server);
}

// --- the server's hosts

static void show(const struct get *get, const struct client_server *server, const struct client_proposal *list, size_t count)
{
	client_tell(&get->obtain.tell, "%s has these hosts, by %s:", server->kind->title, server->config);
	for (size_t i = 0; i < count; i++) {
		cleanup_buf line = BUF_INIT;
		for (size_t j = 0; j < list[i].count; j++)
			buf_addf(&line, "%s%s", j ? ", " : "  ", list[i].names[j]);
		client_tell(&get->obtain.tell, "%s", buf_cstr(&line));
	}
}

static int find_hosts(struct get *get, struct client_server *server, struct client_proposal **ret_list, size_t *ret_count, struct client_trouble *trouble)
{
	int error = find_server(get, NULL, 0, server, trouble);
	if (!error)
		error = client_server_propose(server, &get->arena, ret_list, ret_count);
	if (!error && !*ret_count)
		return client_trouble_is(trouble, XICA_ENOTFOUND, "%s has no host that could be certified", server->config);
	return error;
}

static int propose(struct get *get, struct client_server *server, struct client_proposal **ret_list, size_t *ret_count, struct client_trouble *trouble)
{
	int error = find_hosts(get, server, ret_list, ret_count, trouble);
	if (error)
		return error;
	show(get, server, *ret_list, *ret_count);
	if (get->obtain.options.agrees)
		return XICA_OK;
	if (!can_ask(get))
		return client_trouble_is(trouble, XICA_EDENIED, "say --yes to get a certificate for all hosts of %s, or name some", server->config);
	if (!ask(*ret_count > 1 ? "Get a certificate for each line?" : "Get a certificate for them?"))
		return client_trouble_is(trouble, XICA_EDENIED, "nothing was done");
	return XICA_OK;
}

static void get_hosts(struct get *get)
{
	cleanup_server server = CLIENT_SERVER_INIT;
	cleanup_trouble trouble = CLIENT_TROUBLE_INIT;
	struct client_proposal *list;
	size_t count = 0;
	int error = propose(get, &server, &list, &count, &trouble);
	if (error)
		obtain_failed(&get->obtain, NULL, &trouble);
	for (size_t i = 0; !error && i < count; i++)
		get_one(get, list[i].names, list[i].count, &server);
}

static void print_json(const struct client_server *server, const struct client_proposal *list, size_t count)
{
	json_t *certificates = json_array();
	for (size_t i = 0; i < count; i++) {
		json_t *names = json_array();
		for (size_t j = 0; j < list[i].count; j++)
			(void)json_array_append_new(names, json_string(list[i].names[j]));
		(void)json_array_append_new(certificates, json_pack("{s:s, s:o}", "name", list[i].names[0], "names", names));
	}
	json_t *answer = json_pack("{s:b, s:s*, s:s*, s:o}", "ok", true, "server", count ? server->kind->name : NULL, "server_config", count ? server->config : NULL,
				   "certificates", certificates);
	if (answer) {
		(void)json_dumpf(answer, stdout, JSON_INDENT(2) | JSON_ENSURE_ASCII);
		(void)putchar('\n');
	}
	json_decref(answer);
}

static void print_lines(const struct client_proposal *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < list[i].count; j++)
			printf("%s%c", list[i].names[j], j + 1 < list[i].count ? ' ' : '\n');
}

int get_list(struct get *get)
{
	cleanup_server server = CLIENT_SERVER_INIT;
	cleanup_trouble trouble = CLIENT_TROUBLE_INIT;
	struct client_proposal *list = NULL;
	size_t count = 0;
	int error = find_hosts(get, &server, &list, &count, &trouble);
	if (error)
		(void)cli_failed("get", "%s", client_trouble_text(&trouble));
	if (error && (error != XICA_ENOTFOUND || get->given.server_config))
		return CLI_FAILED;
	if (get->json)
		print_json(&server, list, count);
	else
		print_lines(list, count);
	return CLI_OK;
}

void get_all(struct get *get, const char *const *names, size_t count)
{
	if (can_ask(get))
		get->obtain.options.ask = ask_terms;
	if (count)
		get_names(get, names, count);
	else
		get_hosts(get);
}
