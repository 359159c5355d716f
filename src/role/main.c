// xicad(8): reads the command line, and becomes the parent or one of its roles.
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <unistd.h>

#include "chaos/kind.h"
#include "config/address.h"
#include "config/number.h"
#include "role/parent/parent.h"

enum { USAGE_ERROR = 2 };

enum {
	OPTION_DEV = 256,
	OPTION_HTTPS_PORT,
	OPTION_HTTP_PORT,
	OPTION_METRICS_PORT,
	OPTION_HTTP01_PORT,
	OPTION_TLSALPN01_PORT,
	OPTION_XMPP_PORT,
	OPTION_DNS,
	OPTION_RESOLVE_ALL,
	OPTION_TRUST_ANCHOR,
	OPTION_MAIL_RELAY,
	OPTION_REVIEW,
	OPTION_EAB_REQUIRED,
	OPTION_ASSUME_VALID,
	OPTION_CHALLENGES,
	OPTION_CRASH_AT,
	OPTION_CHAOS,
	OPTION_SEED,
	OPTION_CHAOS_DELAY_MS,
	OPTION_STRICT,
	OPTION_VERBOSE,
	OPTION_HELP,
	OPTION_VERSION,
	OPTION_ROLE,
	OPTION_INDEX,
};

static const struct option OPTIONS[] = {
	{"dev", required_argument, NULL, OPTION_DEV},
	{"https-port", required_argument, NULL, OPTION_HTTPS_PORT},
	{"http-port", required_argument, NULL, OPTION_HTTP_PORT},
	{"metrics-port", required_argument, NULL, OPTION_METRICS_PORT},
	{"http01-port", required_argument, NULL, OPTION_HTTP01_PORT},
	{"tlsalpn01-port", required_argument, NULL, OPTION_TLSALPN01_PORT},
	{"xmpp-port", required_argument, NULL, OPTION_XMPP_PORT},
	{"dns", required_argument, NULL, OPTION_DNS},
	{"resolve-all", required_argument, NULL, OPTION_RESOLVE_ALL},
	{"trust-anchor", required_argument, NULL, OPTION_TRUST_ANCHOR},
	{"mail-relay", required_argument, NULL, OPTION_MAIL_RELAY},
	{"review", required_argument, NULL, OPTION_REVIEW},
	{"eab-required", no_argument, NULL, OPTION_EAB_REQUIRED},
	{"assume-valid", no_argument, NULL, OPTION_ASSUME_VALID},
	{"challenges", required_argument, NULL, OPTION_CHALLENGES},
	{"crash-at", required_argument, NULL, OPTION_CRASH_AT},
	{"chaos", optional_argument, NULL, OPTION_CHAOS},
	{"seed", required_argument, NULL, OPTION_SEED},
	{"chaos-delay-ms", required_argument, NULL, OPTION_CHAOS_DELAY_MS},
	{"strict", no_argument, NULL, OPTION_STRICT},
	{"verbose", no_argument, NULL, OPTION_VERBOSE},
	{"help", no_argument, NULL, OPTION_HELP},
	{"version", no_argument, NULL, OPTION_VERSION},
	{"role", required_argument, NULL, OPTION_ROLE},
	{"index", required_argument, NULL, OPTION_INDEX},
	{NULL, 0, NULL, 0},
};

static const char HELP[] =
	"usage: xicad -c FILE [-t]\n"
	"       xicad --dev DIR [OPTION...]\n"
	"\n"
	"  -c FILE                run with this configuration: xicad.conf(5)\n"
	"  -t                     test it, and do nothing else\n"
	"  --dev DIR              run a whole CA to play with in DIR, made there on first start\n"
	"    --https-port PORT      site and ACME (14000)\n"
	"    --http-port PORT       CRLs and CA certificates (14080)\n"
	"    --metrics-port PORT    /metrics, /healthz and /readyz, on 127.0.0.1 (nowhere)\n"
	"    --http01-port PORT     where http-01 looks (5002)\n"
	"    --tlsalpn01-port PORT  where tls-alpn-01 looks (5001)\n"
	"    --xmpp-port PORT       where xmpp-01 looks at domains without SRV records (5269)\n"
	"    --dns ADDRESS:PORT     ask this server about all names (the system's resolver)\n"
	"    --resolve-all ADDRESS  every name has this address; no DNS is asked\n"
	"    --trust-anchor FILE    for DNSSEC (the root zone's)\n"
	"    --mail-relay URL       hand letters to smtp://HOST:PORT (they are written into DIR/mail)\n"
	"    --review PATTERN       orders for such names, as *bank*, wait for an operator\n"
	"    --eab-required         accounts need an external binding\n"
	"    --assume-valid         take every name for proven, and look at nothing: for measurements\n"
	"    --challenges LIST      offer these too: dns-account-01,dns-persist-01\n"
	"    --crash-at ROLE:POINT  kill this role there, once; `help` lists the points\n"
	"    --chaos[=KIND,...]     behave badly towards clients, as the RFCs allow; -KIND leaves one out (xicad(8) lists them)\n"
	"    --seed NUMBER          the same chaos again (another one each time)\n"
	"    --chaos-delay-ms MS    its longest delay (2000)\n"
	"    --strict               refuse what clients do against the letter of the RFCs, and is let pass elsewhere\n"
	"    --verbose              log more\n"
	"  --help, --version\n";

struct command {
	struct parent_options options;
	struct config_dev_options dev;
	const char *dev_option; // one that needs --dev
	const char *chaos_option; // one that needs --chaos
	bool test, seeded;
	const char *role;
	unsigned index;
};

static int complain(const char *what, const char *value)
{
	(void)fprintf(stderr, "xicad: %s%s%s\nTry 'xicad --help'.\n", what, value ? ": " : "", value ? value : "");
	return USAGE_ERROR;
}

static int take_number(const char *text, long min, long max, unsigned *number)
{
	long value;
	if (config_number_parse(text, min, max, &value))
		return complain("not a number from 1 to 65535", text);
	*number = (unsigned)value;
	return 0;
}

// An address with a port. Of names only localhost: who says which server resolves names can't name it by one.
static int take_dns(const char *value, const char **dns)
{
	static char local[32];
	struct sockaddr_storage address;
	socklen_t len;
	if (!strncmp(value, "localhost:", 10) && strlen(value) < sizeof(local)) {
		(void)snprintf(local, sizeof(local), "127.0.0.1:%s", value + 10);
		value = local;
	}
	if (config_address_parse(value, &address, &len))
		return complain("--dns wants an address with a port, as 192.0.2.1:53 or [2001:db8::1]:53", value);
	*dns = value;
	return 0;
}

static int take_resolve_all(const char *value, const char **resolve_all)
{
	if (!config_address_is_ip(value))
		return complain("--resolve-all wants an IP address, as 127.0.0.1", value);
	*resolve_all = value;
	return 0;
}

static int take_dir(struct command *command, const char *dir)
{
	if (!*dir)
		return complain("--dev wants the name of a folder", NULL);
	command->dev.dir = dir;
	command->options.dev = &command->dev;
	return 0;
}

static int take_challenges(const char *text, const char **challenges)
{
	if (!*text || text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-,")])
		return complain("not a list of challenges", text);
	*challenges = text;
	return 0;
}

static int check_crash_point(const char *point)
{
	if (parent_has_crash_point(point))
		return 0;
	if (!strcmp(point, "help")) {
		parent_print_crash_points();
		exit(EXIT_SUCCESS);
	}
	return complain("no such point (--crash-at help lists them)", point);
}

static int take_chaos(struct config_dev_options *dev, const char *value)
{
	if (chaos_kinds_parse(view_str(value), &dev->chaos_kinds))
		return complain("--chaos wants kinds, as --chaos=nonce,delay or --chaos=-eab,-drop; xicad(8) lists them", value);
	return 0;
}

static int take_chaos_number(struct command *command, const char *option, const char *value, long max, long *ret_number)
{
	command->chaos_option = option;
	if (config_number_parse(value, 0, max, ret_number))
		return complain("not a number that this option takes", value);
	return 0;
}

static int take_seed(struct command *command, const char *value)
{
	long seed = 0;
	int error = take_chaos_number(command, "seed", value, LONG_MAX, &seed);
	command->dev.chaos_seed = (uint64_t)seed;
	command->seeded = true;
	return error;
}

static int take_chaos_delay(struct command *command, const char *value)
{
	long delay = 0;
	int error = take_chaos_number(command, "chaos-delay-ms", value, CONFIG_CHAOS_DELAY_MOST_MS, &delay);
	command->dev.chaos_delay_ms = (unsigned)delay;
	return error;
}

static int take_dev_option(struct command *command, int option, const char *value)
{
	struct config_dev_options *dev = &command->dev;
	command->dev_option = OPTIONS[option - OPTION_DEV].name;
	switch (option) {
	case OPTION_HTTPS_PORT: return take_number(value, 1, 65535, &dev->https_port);
	case OPTION_HTTP_PORT: return take_number(value, 1, 65535, &dev->http_port);
	case OPTION_METRICS_PORT: return take_number(value, 1, 65535, &dev->metrics_port);
	case OPTION_HTTP01_PORT: return take_number(value, 1, 65535, &dev->http01_port);
	case OPTION_TLSALPN01_PORT: return take_number(value, 1, 65535, &dev->tlsalpn01_port);
	case OPTION_XMPP_PORT: return take_number(value, 1, 65535, &dev->xmpp_port);
	case OPTION_DNS: return take_dns(value, &dev->dns);
	case OPTION_RESOLVE_ALL: return take_resolve_all(value, &dev->resolve_all);
	case OPTION_TRUST_ANCHOR: dev->trust_anchor = value; return 0;
	case OPTION_MAIL_RELAY: dev->mail_relay = value; return 0;
	case OPTION_REVIEW: dev->review = value; return 0;
	case OPTION_EAB_REQUIRED: dev->external_account_required = true; return 0;
	case OPTION_ASSUME_VALID: dev->assume_valid = true; return 0;
	case OPTION_CHALLENGES: return take_challenges(value, &dev->challenges);
	case OPTION_CRASH_AT: dev->crash_at = value; return check_crash_point(value);
	case OPTION_CHAOS: return take_chaos(dev, value);
	case OPTION_SEED: return take_seed(command, value);
	case OPTION_CHAOS_DELAY_MS: return take_chaos_delay(command, value);
	case OPTION_STRICT: dev->strict = true; return 0;
	case OPTION_VERBOSE: dev->verbose = true; return 0;
	default: return complain("unknown option", NULL);
	}
}

static int take_option(struct command *command, int option, const char *value)
{
	switch (option) {
	case 'c': command->options.config_file = value; return 0;
	case 't': command->test = true; return 0;
	case OPTION_DEV: return take_dir(command, value);
	case OPTION_HELP: (void)fputs(HELP, stdout); exit(EXIT_SUCCESS);
	case OPTION_VERSION: (void)puts("xicad " XICA_VERSION); exit(EXIT_SUCCESS);
	case OPTION_ROLE: command->role = value; return 0;
	case OPTION_INDEX: return take_number(value, 0, PARENT_FRONTS_MAX, &command->index);
	default: return take_dev_option(command, option, value);
	}
}

static int read_command(int argc, char **argv, struct command *command)
{
	int option;
	opterr = 0; // we say it ourselves
	while ((option = getopt_long(argc, argv, ":c:t", OPTIONS, NULL)) != -1) {
		if (option == '?' || option == ':')
			return complain(option == ':' ? "a value is missing" : "unknown option", argv[optind - 1]);
		int error = take_option(command, option, optarg);
		if (error)
			return error;
	}
	if (optind < argc)
		return complain("unexpected argument", argv[optind]);
	if (command->role)
		return 0;
	if (!command->options.config_file == !command->options.dev)
		return complain("say one of the two: -c FILE (a configuration), or --dev DIR (a CA to play with)", NULL);
	if (command->dev_option && !command->options.dev)
		return complain("this option goes with --dev only; with -c it stands in the configuration", command->dev_option);
	if (command->dev.dns && command->dev.resolve_all)
		return complain("--dns and --resolve-all exclude one another", NULL);
	if (command->chaos_option && !command->dev.chaos_kinds)
		return complain("this option goes with --chaos only", command->chaos_option);
	if (command->test && command->options.dev)
		return complain("-t tests a configuration: it needs -c FILE", NULL);
	return 0;
}

// The configuration knows absolute paths alone. A folder that isn't there yet has a parent that is.
static const char *absolute(const char *path, char buffer[PATH_MAX])
{
	if (path[0] == '/' || !getcwd(buffer, PATH_MAX))
		return path;
	while (path[0] == '.' && path[1] == '/')
		path += 2;
	size_t len = strlen(buffer);
	int added = snprintf(buffer + len, PATH_MAX - len, "/%s", path);
	return added > 0 && (size_t)added < PATH_MAX - len ? buffer : path;
}

// --- roles

static const struct role_kind *const ROLES[] = {&role_front, &role_registrar, &role_validator, &role_signer, &role_mailer, &role_login};

// For ps: argv[0] is the title already, the rest is nobody's business.
static void show_title(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		memset(argv[i], 0, strlen(argv[i]));
	(void)prctl(PR_SET_NAME, argv[0], 0, 0, 0);
}

static int run_role(const struct command *command, int argc, char **argv)
{
	for (size_t i = 0; i < sizeof(ROLES) / sizeof(ROLES[0]); i++)
		if (!strcmp(ROLES[i]->name, command->role)) {
			show_title(argc, argv);
			return role_run(ROLES[i], command->index);
		}
	return complain("no such role", command->role);
}

// Where we were started with one of them closed, the first socket that we open must not be taken for standard output.
static int open_standard_descriptors(void)
{
	int fd;
	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	return fd < 0 ? -1 : close(fd);
}

// Short enough to be typed.
static uint64_t random_seed(void)
{
	uint16_t seed = 0;
	return getrandom(&seed, sizeof(seed), 0) == sizeof(seed) ? seed : 0;
}

int main(int argc, char **argv)
{
	static char dir[PATH_MAX], anchor[PATH_MAX];
	struct command command = {.dev.chaos_delay_ms = CONFIG_CHAOS_DELAY_MS};
	if (open_standard_descriptors())
		return EXIT_FAILURE;
	int error = read_command(argc, argv, &command);
	if (error)
		return error;
	if (command.role)
		return run_role(&command, argc, argv);
	if (command.dev.dir)
		command.dev.dir = absolute(command.dev.dir, dir);
	if (command.dev.chaos_kinds && !command.seeded)
		command.dev.chaos_seed = random_seed();
	if (command.dev.trust_anchor)
		command.dev.trust_anchor = absolute(command.dev.trust_anchor, anchor);
	return command.test ? parent_test(&command.options) : parent_run(&command.options);
}
