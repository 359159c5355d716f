// xica get: a certificate for an XMPP server, from any ACME CA.
#include <assert.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/get.h"
#include "client/choose.h"
#include "client/timer.h"
#include "crypto/init.h"
#include "jose/jws.h"

static const char HELP[] =
	"Usage: xica get [OPTION...] [NAME...]\n\n"
	"Gets one certificate for these names, keeps it with its key below --config-dir, and installs it where the XMPP server of this machine looks for it.\n"
	"Without names: for all hosts of that server, one certificate for each and those below it. xica renew renews them.\n\n"
	"  --server URL      the CA's ACME directory; of a CA that runs xica, its name is enough. Remembered\n"
	"  --ca-file FILE    roots that are trusted for talking to the CA, beside the system's\n"
	"  --email ADDRESS   where the CA may write to\n"
	"  --eab-kid KID, --eab-key KEY\n"
	"                    the external account key that some CAs want for a new account\n"
	"  --yes             don't ask: agree with the CA's terms of service, and with the hosts that were found\n"
	"  --proof xmpp|http|dns|tls|xmpp-tls\n"
	"                    how the names are proven (without: the best way that works here)\n"
	"  --challenges DIR  xmpp: the folder in which the server's module looks for proofs (" CLIENT_CHALLENGES ")\n"
	"  --webroot DIR     http: what the web server serves as / (without: an own server on port 80, as long as it takes)\n"
	"  --http-port PORT  http: where the own server listens, if something sends port 80 there\n"
	"  --tls-port PORT   tls: where an own server listens (443), if something sends port 443 there\n"
	"  --hook PROGRAM    dns: called with set NAME VALUE, and later clear NAME VALUE, for TXT records\n"
	"  --profile NAME    one of the CA's profiles\n"
	"  --delegated       for the XMPP service of the names alone, not for the domains: what a hosting company takes\n"
	"  --chain NAME      of several chains, the one that ends in this common name\n"
	"  --key ec|rsa      the kind of the certificate's key (ec)\n"
	"  --server-config FILE\n"
	"                    the configuration of the XMPP server: prosody.cfg.lua, ejabberd.yml, mongooseim.toml, c2s.xml (where packages put it)\n"
	"  --check HOST:PORT where it shows its certificate to other servers (127.0.0.1:5269), jabberd2 to clients (127.0.0.1:5222)\n"
	"  --reload PROGRAM  what tells it to take a new certificate, instead of its own command\n"
	"  --no-install      keep the certificate, and leave the server alone\n"
	"  --no-timer        don't switch on xica-renew.timer, which renews by itself (with another --config-dir it is left alone anyway)\n"
	"  --config-dir DIR  where all is kept (" CLIENT_CONFIG_DIR ")\n"
	"  --force           get another, even if there is a good one\n"
	"  --dry-run         prove the names, and ask for no certificate\n"
	"  --list            print the hosts of that server, one line a certificate, and do nothing; with --server-config and --json alone\n"
	"  --json            print JSON, one object\n\n"
	"Exit code: 0 there is a good certificate, 1 there is none, 2 not understood.";

enum {
	OPTION_EAB_KID = 256,
	OPTION_EAB_KEY,
	OPTION_YES,
	OPTION_DELEGATED,
	OPTION_CONFIG_DIR,
	OPTION_FORCE,
	OPTION_DRY_RUN,
	OPTION_JSON,
	OPTION_HTTP_PORT,
	OPTION_TLS_PORT,
	OPTION_NO_INSTALL,
	OPTION_NO_TIMER,
	OPTION_LIST,
	OPTION_HELP,
	OPTION_TEXTS, // and those that follow: texts of the settings, in the order of TEXTS
};

// Options that are remembered as they are given.
static const struct {
	const char *option;
	size_t offset;
	bool file; // made absolute: renewals run elsewhere
} TEXTS[] = {
#define TEXT(option, member, file) {option, offsetof(struct client_settings, member), file}
	TEXT("server", server, false), TEXT("ca-file", ca_file, true), TEXT("email", email, false), TEXT("proof", proof, false),
	TEXT("challenges", challenges, true), TEXT("webroot", webroot, true), TEXT("hook", hook, true), TEXT("profile", profile, false),
	TEXT("chain", chain, false), TEXT("key", key, false), TEXT("server-config", server_config, true), TEXT("check", check, false),
	TEXT("reload", reload, true),
#undef TEXT
};
enum { TEXT_COUNT = sizeof(TEXTS) / sizeof(TEXTS[0]), FLAG_COUNT = 15 };

static const char **text_at(struct client_settings *settings, size_t index)
{
	return (const char **)(void *)((char *)settings + TEXTS[index].offset);
}

// --- the command line

static void fill_options(struct option options[TEXT_COUNT + FLAG_COUNT])
{
	static const struct option FLAGS[] = {{"eab-kid", required_argument, NULL, OPTION_EAB_KID}, {"eab-key", required_argument, NULL, OPTION_EAB_KEY},
		{"yes", no_argument, NULL, OPTION_YES}, {"delegated", no_argument, NULL, OPTION_DELEGATED},
		{"config-dir", required_argument, NULL, OPTION_CONFIG_DIR}, {"force", no_argument, NULL, OPTION_FORCE},
		{"dry-run", no_argument, NULL, OPTION_DRY_RUN}, {"json", no_argument, NULL, OPTION_JSON},
		{"http-port", required_argument, NULL, OPTION_HTTP_PORT}, {"tls-port", required_argument, NULL, OPTION_TLS_PORT},
		{"no-install", no_argument, NULL, OPTION_NO_INSTALL},
		{"no-timer", no_argument, NULL, OPTION_NO_TIMER}, {"list", no_argument, NULL, OPTION_LIST}, {"help", no_argument, NULL, OPTION_HELP}, {0}};
	static_assert(sizeof(FLAGS) / sizeof(FLAGS[0]) == FLAG_COUNT, "room for all flags");
	static_assert(sizeof(FLAGS) == FLAG_COUNT * sizeof(FLAGS[0]), "room for all flags");
	for (int i = 0; i < TEXT_COUNT; i++)
		options[i] = (struct option){TEXTS[i].option, required_argument, NULL, OPTION_TEXTS + i};
	memcpy(options + TEXT_COUNT, FLAGS, sizeof(FLAGS));
}

static int take_text(struct get *get, size_t index, const char *value)
{
	char *absolute = TEXTS[index].file ? realpath(value, NULL) : NULL;
	if (TEXTS[index].file && !absolute && strcmp(TEXTS[index].option, "challenges"))
		return cli_usage_error("get", "--%s: %s is not there", TEXTS[index].option, value);
	const char *kept = arena_strdup(&get->arena, view_str(absolute ? absolute : value));
	free(absolute);
	*text_at(&get->given, index) = kept;
	return kept ? CLI_OK : cli_failed("get", "out of memory");
}

static int take_port(const char *option, const char *value, unsigned *ret_port)
{
	char *end;
	unsigned long port = strtoul(value, &end, 10);
	if (!port || port > 65535 || *end)
		return cli_usage_error("get", "--%s: %s is no port", option, value);
	*ret_port = (unsigned)port;
	return CLI_OK;
}

static int take(struct get *get, int option, char **argv)
{
	struct client_get_options *options = &get->obtain.options;
	switch (option) {
	case OPTION_EAB_KID: options->eab_kid = optarg; break;
	case OPTION_EAB_KEY: options->eab_key = optarg; break;
	case OPTION_YES: options->agrees = true; break;
	case OPTION_DELEGATED: get->delegated = true; break;
	case OPTION_CONFIG_DIR: options->config_dir = optarg; break;
	case OPTION_FORCE: options->force = true; break;
	case OPTION_DRY_RUN: options->dry_run = options->force = true; break;
	case OPTION_NO_INSTALL: get->no_install = true; break;
	case OPTION_NO_TIMER: get->no_timer = true; break;
	case OPTION_LIST: get->list = true; break;
	case OPTION_JSON: get->json = true; break;
	case OPTION_HTTP_PORT: return take_port("http-port", optarg, &get->given.http_port);
	case OPTION_TLS_PORT: return take_port("tls-port", optarg, &get->given.tls_port);
	default: return option >= OPTION_TEXTS ? take_text(get, (size_t)(option - OPTION_TEXTS), optarg) : cli_option_error("get", option, argv);
	}
	return CLI_OK;
}

static int check(const struct get *get)
{
	const struct client_settings *given = &get->given;
	const struct client_get_options *options = &get->obtain.options;
	if (!options->eab_kid != !options->eab_key)
		return cli_usage_error("get", "--eab-kid and --eab-key belong together");
	if (given->key && strcmp(given->key, "ec") && strcmp(given->key, "rsa"))
		return cli_usage_error("get", "--key is ec or rsa");
	if (given->proof && !client_proof_find(given->proof))
		return cli_usage_error("get", "--proof is xmpp, http, dns, tls or xmpp-tls");
	return CLI_OK;
}

// The timer knows one folder. What is elsewhere is renewed by whoever chose that.
static void set_up_renewal(struct get *get)
{
	cleanup_trouble trouble = CLIENT_TROUBLE_INIT;
	const char *folder = get->obtain.options.config_dir;
	bool ours = folder && !strcmp(folder, CLIENT_CONFIG_DIR);
	if (get->no_timer || (ours && !client_timer_set_up(&get->obtain.tell, &trouble)))
		return;
	if (ours && trouble.why.len)
		client_tell(&get->obtain.tell, "xica-renew.timer is not switched on: %s", client_trouble_text(&trouble));
	client_tell(&get->obtain.tell, "Nothing renews it by itself: have 'xica renew%s%s' run once a day, at a time that varies", ours ? "" : " --config-dir ",
		    ours || !folder ? "" : folder);
}

// given: whether each of options stands on the line.
static int check_list(const struct get *get, const struct option *options, const bool given[TEXT_COUNT + FLAG_COUNT], int names)
{
	static const char READS[] = "server-config json";
	if (!get->list)
		return CLI_OK;
	if (names)
		return cli_usage_error("get", "--list says what the names are: give none");
	for (size_t i = 0; options[i].name; i++)
		if (given[i] && options[i].val != OPTION_LIST && !cli_reads(READS, options[i].name))
			return cli_refuse("get", "--list", READS, options[i].name);
	return CLI_OK;
}

static int act(struct get *get, const char *const *names, size_t count)
{
	if (get->list)
		return get_list(get);
	if (!obtain_open(&get->obtain, "get", get->json))
		get_all(get, names, count);
	if (get->obtain.issued)
		set_up_renewal(get);
	return obtain_close(&get->obtain);
}

int cli_get(int argc, char **argv)
{
	struct get get = {.arena = ARENA_INIT, .obtain = {.options = {.config_dir = CLIENT_CONFIG_DIR}}};
	struct option options[TEXT_COUNT + FLAG_COUNT];
	bool given[TEXT_COUNT + FLAG_COUNT] = {false};
	int option, which = 0, code = CLI_OK;
	fill_options(options);
	opterr = 0;
	while (!code && (option = getopt_long(argc, argv, ":", options, &which)) != -1) {
		if (option == OPTION_HELP) {
			(void)puts(HELP);
			return CLI_OK;
		}
		code = take(&get, option, argv);
		given[which] = true;
	}
	if (!code)
		code = check_list(&get, options, given, argc - optind);
	if (!code)
		code = check(&get);
	if (!code && (crypto_init() || jose_init()))
		code = cli_failed("get", "the crypto library can't be started");
	if (!code)
		code = act(&get, (const char *const *)(argv + optind), (size_t)(argc - optind));
	arena_free(&get.arena);
	return code;
}
