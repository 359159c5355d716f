// xica ca: the ceremony. One file a verb; here is what they are called and which options they take.
#include "cli/ca.h"
#include "cli/place.h"

#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char HELP[] =
	"Usage: xica ca init --dir DIR --name NAME [OPTION...]\n"
	"       xica ca init --dir DIR --new-intermediate | --new-root [OPTION...]\n"
	"       xica ca csr --dir DIR [--name NAME | --issuer ID] [--out FILE]\n"
	"       xica ca import --dir DIR [--default] CHAIN.pem\n"
	"       xica ca crl --dir DIR [--revoke ID [--reason REASON]] [OPTION...]\n"
	"       xica ca rollover [--dir DIR] [-c FILE | --dev DIR] [--json] [OPTION...]\n"
	"       xica ca rollover … --begin [--outside] | --import CHAIN.pem | --retire ID\n"
	"       xica ca show --dir DIR [--json]\n"
	"\n"
	"  init    makes a root and an intermediate. The root signs intermediates only: once this is done its key belongs\n"
	"          off-line. The intermediate's key stays; the signer opens it unattended.\n"
	"  csr     makes an intermediate's key and writes its certificate signing request, for an outside root; with --issuer, the\n"
	"          request for an intermediate that there is, so that another root signs it too.\n"
	"  import  takes what came back, in PEM: the intermediate first, the root last. A new intermediate issues from then\n"
	"          on; another chain of one that there is becomes an alternate (with --default, the default).\n"
	"  crl     signs the newest root's own revocation list anew, good for 400 days; --revoke ID puts an intermediate on it.\n"
	"  rollover  says where the change from one intermediate to the next stands, what is to be done now and what later; on a terminal\n"
	"          it offers to do it. -c or --dev asks the running xicad too: by which one it issues, and when the last certificate of an\n"
	"          older one ends. --begin makes the next one and checks it (--outside: its request, for another's root); --import\n"
	"          takes what came back; --retire takes out one whose last certificate has ended, and destroys its key.\n"
	"  show    prints roots, intermediates with their state, chains and fingerprints.\n"
	"\n"
	"Roll-over, step by step ('xica ca rollover' leads through the first):\n"
	"  - a new intermediate: 'rollover --begin', or 'init --new-intermediate' (needs the root's key). It issues once xicad is reloaded\n"
	"    (SIGHUP); the older still answers for status.\n"
	"  - a new root: 'init --new-root'. The older root signs it too (needs the older root's key; or --no-cross), so that peers\n"
	"    that trust only the older still verify; both ways are offered to clients as alternate chains.\n"
	"\n"
	"  --dir DIR               the CA's folder (ca-dir in xicad.conf; DIR/ca below xicad's --dev DIR)\n"
	"  --name NAME             stands in the certificates' subjects: \"Example Federation\"; remembered, as --http-url is\n"
	"  --key-type TYPE         p256 (default), p384, rsa3072, rsa4096\n"
	"  --http-url URL          http-url of xicad.conf: where CRLs and CA certificates are served; stands in intermediates\n"
	"  --root-key FILE         where the root's key is written or read; default: in DIR\n"
	"  --passphrase-file FILE  its passphrase, first line; default: asked on the terminal\n"
	"  --no-passphrase         the root's key is not encrypted\n"
	"  --old-root-key FILE, --old-passphrase-file FILE\n"
	"                          the older root's key, for --new-root\n"
	"  --no-cross              --new-root without a certificate by the older root\n"
	"  --reason REASON         superseded (default), key-compromise, ca-compromise, cessation\n"
	"  --out FILE              where the request is written; default: standard output\n"
	"  -c FILE, --dev DIR      instead of --dir: the configuration of xicad, or its folder; rollover asks the running xicad, too\n"
	"  --json                  for show and rollover\n"
	"\n"
	"Exit code: 0 done, 1 not done, 2 not understood.\n";

enum { NO_SHORT = 256 };
enum ca_option {
	OPTION_DIR = NO_SHORT, OPTION_NAME, OPTION_ROOT_KEY, OPTION_OLD_ROOT_KEY, OPTION_PASSPHRASE_FILE, OPTION_OLD_PASSPHRASE_FILE,
	OPTION_HTTP_URL, OPTION_OUT, OPTION_ISSUER, OPTION_REVOKE, OPTION_REASON, OPTION_KEY_TYPE, OPTION_NO_PASSPHRASE,
	OPTION_NEW_INTERMEDIATE, OPTION_NEW_ROOT, OPTION_NO_CROSS, OPTION_DEFAULT, OPTION_JSON, OPTION_HELP,
	OPTION_DEV, OPTION_BEGIN, OPTION_OUTSIDE, OPTION_IMPORT, OPTION_RETIRE, OPTION_CONFIG = 'c',
};

static const struct option LONG[] = {
	{"dir", required_argument, NULL, OPTION_DIR}, {"name", required_argument, NULL, OPTION_NAME},
	{"root-key", required_argument, NULL, OPTION_ROOT_KEY}, {"old-root-key", required_argument, NULL, OPTION_OLD_ROOT_KEY},
	{"passphrase-file", required_argument, NULL, OPTION_PASSPHRASE_FILE},
	{"old-passphrase-file", required_argument, NULL, OPTION_OLD_PASSPHRASE_FILE},
	{"http-url", required_argument, NULL, OPTION_HTTP_URL}, {"out", required_argument, NULL, OPTION_OUT},
	{"issuer", required_argument, NULL, OPTION_ISSUER}, {"revoke", required_argument, NULL, OPTION_REVOKE},
	{"reason", required_argument, NULL, OPTION_REASON}, {"key-type", required_argument, NULL, OPTION_KEY_TYPE},
	{"no-passphrase", no_argument, NULL, OPTION_NO_PASSPHRASE}, {"new-intermediate", no_argument, NULL, OPTION_NEW_INTERMEDIATE},
	{"new-root", no_argument, NULL, OPTION_NEW_ROOT}, {"no-cross", no_argument, NULL, OPTION_NO_CROSS},
	{"dev", required_argument, NULL, OPTION_DEV}, {"begin", no_argument, NULL, OPTION_BEGIN}, {"outside", no_argument, NULL, OPTION_OUTSIDE},
	{"import", required_argument, NULL, OPTION_IMPORT}, {"retire", required_argument, NULL, OPTION_RETIRE},
	{"default", no_argument, NULL, OPTION_DEFAULT}, {"json", no_argument, NULL, OPTION_JSON}, {"help", no_argument, NULL, OPTION_HELP},
	{NULL, 0, NULL, 0}};

static int take_key_type(const char *text, struct ca_options *options)
{
	static const struct {
		const char *name;
		enum crypto_key_type type;
		unsigned bits;
	} TYPES[] = {{"p256", CRYPTO_KEY_P256, 0}, {"p384", CRYPTO_KEY_P384, 0}, {"rsa3072", CRYPTO_KEY_RSA, 3072},
		{"rsa4096", CRYPTO_KEY_RSA, 4096}};
	for (size_t i = 0; i < sizeof(TYPES) / sizeof(TYPES[0]); i++)
		if (!strcmp(text, TYPES[i].name)) {
			options->key_type = TYPES[i].type;
			options->key_type_given = true;
			options->bits = TYPES[i].bits;
			return CLI_OK;
		}
	return cli_usage_error("ca", "there is no key type '%s': p256, p384, rsa3072, rsa4096", text);
}

static int take_option(int option, struct ca_options *o)
{
	switch ((enum ca_option)option) {
	case OPTION_DIR: o->dir = optarg; return CLI_OK;
	case OPTION_NAME: o->name = optarg; return CLI_OK;
	case OPTION_ROOT_KEY: o->root_key = optarg; return CLI_OK;
	case OPTION_OLD_ROOT_KEY: o->old_root_key = optarg; return CLI_OK;
	case OPTION_PASSPHRASE_FILE: o->passphrase_file = optarg; return CLI_OK;
	case OPTION_OLD_PASSPHRASE_FILE: o->old_passphrase_file = optarg; return CLI_OK;
	case OPTION_HTTP_URL: o->http_url = optarg; return CLI_OK;
	case OPTION_OUT: o->out = optarg; return CLI_OK;
	case OPTION_ISSUER: o->issuer = optarg; return CLI_OK;
	case OPTION_REVOKE: o->revoke = optarg; return CLI_OK;
	case OPTION_REASON: o->reason = optarg; return CLI_OK;
	case OPTION_KEY_TYPE: return take_key_type(optarg, o);
	case OPTION_NO_PASSPHRASE: o->no_passphrase = true; return CLI_OK;
	case OPTION_NEW_INTERMEDIATE: o->new_intermediate = true; return CLI_OK;
	case OPTION_NEW_ROOT: o->new_root = true; return CLI_OK;
	case OPTION_NO_CROSS: o->no_cross = true; return CLI_OK;
	case OPTION_DEFAULT: o->make_default = true; return CLI_OK;
	case OPTION_JSON: o->json = true; return CLI_OK;
	case OPTION_CONFIG: o->config_file = optarg; return CLI_OK;
	case OPTION_DEV: o->dev_dir = optarg; return CLI_OK;
	case OPTION_BEGIN: o->begin = true; return CLI_OK;
	case OPTION_OUTSIDE: o->outside = true; return CLI_OK;
	case OPTION_IMPORT: o->import = optarg; return CLI_OK;
	case OPTION_RETIRE: o->retire = optarg; return CLI_OK;
	case OPTION_HELP: break;
	}
	return CLI_USAGE;
}

int ca_absolute_path(const char *path, struct buf *out)
{
	char resolved[PATH_MAX];
	if (path[0] == '/') {
		buf_add_str(out, path);
		return buf_error(out);
	}
	if (!realpath(".", resolved))
		return XICA_ENOTFOUND;
	buf_addf(out, "%s/%s", resolved, path);
	return buf_error(out);
}

struct ca_init ca_init_of(const struct ca_options *options)
{
	return (struct ca_init){.dir = options->dir, .name = options->name, .key_type = options->key_type, .bits = options->bits,
		.http_url = options->http_url, .now = clock_now()};
}

#define ROOT_KEY "root-key passphrase-file"

static const struct {
	const char *name;
	int (*run)(const struct ca_options *options, char **words, int count);
	const char *options; // that it reads, words with blanks between
} VERBS[] = {
	{"init", ca_verb_init, "dir name key-type http-url " ROOT_KEY " no-passphrase new-intermediate new-root no-cross old-root-key old-passphrase-file dev c"},
	{"csr", ca_verb_csr, "dir name issuer key-type http-url out dev c"},
	{"import", ca_verb_import, "dir default dev c"},
	{"crl", ca_verb_crl, "dir revoke reason " ROOT_KEY " dev c"},
	{"rollover", ca_verb_rollover, "dir begin outside name issuer key-type http-url out import default retire " ROOT_KEY " json dev c"},
	{"show", ca_verb_show, "dir json dev c"},
};
enum { VERB_COUNT = sizeof(VERBS) / sizeof(VERBS[0]), LONG_COUNT = sizeof(LONG) / sizeof(LONG[0]) };

// Where xicad has it.
static int find_dir(struct ca_options *options, struct buf *dir)
{
	cleanup_buf why = BUF_INIT;
	if (!options->config_file && !options->dev_dir)
		return cli_usage_error("ca", "--dir is missing: the CA's folder");
	if (cli_place_find(CLI_CA_DIR, options->dev_dir, options->config_file, dir, &why) || !buf_cstr(dir))
		return cli_usage_error("ca", "%s", why.len ? buf_cstr(&why) : "out of memory");
	options->dir = buf_cstr(dir);
	return CLI_OK;
}

// given: by its place in LONG.
static int take_options(int argc, char **argv, struct ca_options *options, bool given[LONG_COUNT], bool *ret_help)
{
	int option, index = -1;
	optind = 1;
	opterr = 0;
	for (; (option = getopt_long(argc, argv, ":c:", LONG, &index)) != -1; index = -1) {
		if (option == ':' || option == '?')
			return cli_option_error("ca", option, argv);
		if (option == OPTION_HELP)
			*ret_help = true;
		else if (take_option(option, options))
			return CLI_USAGE;
		if (index >= 0)
			given[index] = true;
	}
	return CLI_OK;
}

// One way of telling where: rollover alone asks the xicad of -c or --dev, whatever folder is named.
static int check_place(size_t verb, const struct ca_options *options)
{
	if (cli_check_place("ca", options->config_file, options->dev_dir))
		return CLI_USAGE;
	if (options->dir && (options->config_file || options->dev_dir) && VERBS[verb].run != ca_verb_rollover)
		return cli_usage_error("ca", "--dir says where the CA is: -c and --dev go without it");
	return CLI_OK;
}

static int run(size_t verb, struct ca_options *options, const bool given[LONG_COUNT], char **words, int count)
{
	cleanup_buf dir = BUF_INIT;
	for (size_t i = 0; LONG[i].name; i++)
		if (given[i] && !cli_reads(VERBS[verb].options, LONG[i].name))
			return cli_refuse("ca", VERBS[verb].name, VERBS[verb].options, LONG[i].name);
	if (check_place(verb, options) || (!options->dir && find_dir(options, &dir)))
		return CLI_USAGE;
	return VERBS[verb].run(options, words, count);
}

int cli_ca(int argc, char **argv)
{
	struct ca_options options = {.key_type = CRYPTO_KEY_P256};
	bool given[LONG_COUNT] = {0}, help = false;
	if (take_options(argc, argv, &options, given, &help))
		return CLI_USAGE;
	if (help) {
		(void)fputs(HELP, stdout);
		return CLI_OK;
	}
	const char *verb = optind < argc ? argv[optind] : "";
	for (size_t i = 0; i < VERB_COUNT; i++)
		if (!strcmp(verb, VERBS[i].name))
			return run(i, &options, given, argv + optind + 1, argc - optind - 1);
	if (*verb)
		return cli_usage_error("ca", "there is no '%s'; there is: init, csr, import, crl, rollover, show", verb);
	return cli_usage_error("ca", "what about a CA? There is: init, csr, import, crl, rollover, show");
}
