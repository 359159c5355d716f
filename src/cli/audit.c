// xica audit: is the signer's log whole?
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/place.h"
#include "role/audit.h"

static const char HELP[] =
	"Usage: xica audit verify [FILE]\n"
	"\n"
	"Reads the signer's audit log from its first line to its last. Each line holds the digest of the line before it, so a line that was\n"
	"changed, taken out, put in or moved is found. Lines cut off at the end leave no trace in the log itself: keep the number of lines that\n"
	"this prints, or compare with the database.\n"
	"\n"
	"  -c FILE    the configuration that says where the log is (" XICA_SYSCONFDIR "/xica/xicad.conf)\n"
	"  --dev DIR  the folder of xicad --dev\n"
	"\n"
	"Exit code: 0 whole, 1 not whole or not readable, 2 not understood.\n";

struct options {
	const char *dev_dir, *config_file;
	bool help;
};

static int parse_options(int argc, char **argv, struct options *options)
{
	static const struct option LONG[] = {{"dev", required_argument, NULL, 'd'}, {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
	int c;
	optind = 1;
	opterr = 0;
	while ((c = getopt_long(argc, argv, ":c:h", LONG, NULL)) != -1) {
		switch (c) {
		case 'c': options->config_file = optarg; break;
		case 'd': options->dev_dir = optarg; break;
		case 'h': options->help = true; break;
		default: return cli_option_error("audit", c, argv);
		}
	}
	return CLI_OK;
}

static int verify(const char *path)
{
	uint64_t lines = 0;
	int error = audit_verify(path, &lines);
	switch (error) {
	case XICA_OK:
		printf("%s: whole, %" PRIu64 " lines\n", path, lines);
		return CLI_OK;
	case XICA_ESIG:
		return cli_failed("audit", "%s: line %" PRIu64 " is not what its digest says, or does not follow from the line before it: one of them was "
				  "changed, or something between them was taken out, put in or moved", path, lines + 1);
	case XICA_EPARSE:
		return cli_failed("audit", "%s: line %" PRIu64 " is no line of an audit log", path, lines + 1);
	default:
		return cli_failed("audit", "%s can't be read: %s", path, errno ? strerror(errno) : xica_strerror(error));
	}
}

int cli_audit(int argc, char **argv)
{
	struct options options = {0};
	cleanup_buf path = BUF_INIT, why = BUF_INIT;
	int error = parse_options(argc, argv, &options);
	if (error)
		return error;
	if (options.help) {
		(void)fputs(HELP, stdout);
		return CLI_OK;
	}
	if (optind >= argc || strcmp(argv[optind], "verify") || argc - optind > 2)
		return cli_usage_error("audit", "there is: audit verify [FILE]");
	if (argc - optind == 2)
		return verify(argv[optind + 1]);
	if (cli_place_find(CLI_AUDIT_LOG, options.dev_dir, options.config_file, &path, &why))
		return cli_failed("audit", "%s", buf_cstr(&why));
	errno = 0;
	return verify(buf_cstr(&path));
}
