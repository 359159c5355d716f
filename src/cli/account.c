// xica account: external account keys (RFC 8555 §7.3.4), asked of a running xicad.
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/control.h"
#include "cli/place.h"

static const char HELP[] =
	"Usage: xica account eab create [--note TEXT]\n"
	"       xica account eab list\n"
	"       xica account eab revoke KID\n"
	"\n"
	"External account keys open ACME accounts where the CA asks for one. Each opens one account.\n"
	"\n"
	"  --note TEXT   for whom the key is; shown by list\n"
	"  --json        print JSON\n"
	"  -c FILE       the configuration of the xicad to talk to (" XICA_SYSCONFDIR "/xica/xicad.conf)\n"
	"  --dev DIR     the folder of the xicad --dev to talk to\n";

struct options {
	const char *dev_dir, *config_file, *note;
	bool json, help;
};

static int parse_options(int argc, char **argv, struct options *options)
{
	static const struct option LONG[] = {
		{"dev", required_argument, NULL, 'd'}, {"note", required_argument, NULL, 'n'}, {"json", no_argument, NULL, 'j'},
		{"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
	int c;
	optind = 1;
	opterr = 0;
	while ((c = getopt_long(argc, argv, ":c:h", LONG, NULL)) != -1) {
		switch (c) {
		case 'c': options->config_file = optarg; break;
		case 'd': options->dev_dir = optarg; break;
		case 'n': options->note = optarg; break;
		case 'j': options->json = true; break;
		case 'h': options->help = true; break;
		default: return cli_option_error("account", c, argv);
		}
	}
	return CLI_OK;
}

static const char *text_of(const json_t *object, const char *member)
{
	const char *text = json_string_value(json_object_get(object, member));
	return text ? text : "";
}

static void print_created(const json_t *answer)
{
	const char *kid = text_of(answer, "kid"), *key = text_of(answer, "hmac_key");
	printf("Key identifier: %s\nHMAC key:       %s\n\n", kid, key);
	printf("certbot:  --eab-kid %s --eab-hmac-key %s\n", kid, key);
	printf("lego:     --eab --kid %s --hmac %s\n", kid, key);
	(void)puts("\nThe HMAC key is shown this once. It opens one account.");
}

static void print_list(const json_t *answer)
{
	const json_t *list = json_object_get(answer, "keys"), *item;
	size_t i;
	if (!json_array_size(list))
		(void)puts("There are no external account keys yet: xica account eab create");
	json_array_foreach(list, i, item)
		printf("%-18s %-8s %s  account %-6lld %s\n", text_of(item, "kid"), text_of(item, "state"), text_of(item, "created"),
		       (long long)json_integer_value(json_object_get(item, "account")), text_of(item, "note"));
}

static void print_revoked(const json_t *answer)
{
	printf("%s is revoked; an account that it opened stays.\n", text_of(answer, "kid"));
}

static int ask(const struct options *options, json_t *command, void (*print)(const json_t *))
{
	cleanup_buf path = BUF_INIT, why = BUF_INIT;
	json_t *answer = NULL;
	int error = cli_place_find(CLI_CONTROL_SOCKET, options->dev_dir, options->config_file, &path, &why);
	if (!error)
		error = control_ask(buf_cstr(&path), command, &answer, &why);
	json_decref(command);
	if (error)
		return cli_failed("account", "%s", buf_cstr(&why));
	if (options->json) {
		(void)json_dumpf(answer, stdout, JSON_INDENT(2));
		(void)puts("");
	} else {
		print(answer);
	}
	json_decref(answer);
	return CLI_OK;
}

int cli_account(int argc, char **argv)
{
	struct options options = {0};
	if (parse_options(argc, argv, &options))
		return CLI_USAGE;
	char **words = argv + optind;
	int count = argc - optind;
	if (options.help) {
		(void)fputs(HELP, stdout);
		return CLI_OK;
	}
	if (count < 2 || strcmp(words[0], "eab"))
		return cli_usage_error("account", "what about accounts? There is: eab create, eab list, eab revoke KID");
	if (!strcmp(words[1], "create") && count == 2)
		return ask(&options, json_pack("{s:s, s:s}", "command", "eab-create", "note", options.note ? options.note : ""), print_created);
	if (!strcmp(words[1], "list") && count == 2)
		return ask(&options, json_pack("{s:s}", "command", "eab-list"), print_list);
	if (!strcmp(words[1], "revoke") && count == 3)
		return ask(&options, json_pack("{s:s, s:s}", "command", "eab-revoke", "kid", words[2]), print_revoked);
	return cli_usage_error("account", "there is: eab create, eab list, eab revoke KID");
}
