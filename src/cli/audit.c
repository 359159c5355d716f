// xica audit: is what the CA did written down, and was it right? The verbs are in audit_verify.c and audit_certificates.c.
#include "cli/audit.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

static const char HELP[] =
	"Usage: xica audit verify [FILE]\n"
	"       xica audit certificates\n"
	"\n"
	"verify reads the signer's audit log from its first line to its last. Each line holds the digest of the line before it and its own, so a line that was\n"
	"changed, taken out, put in or moved is found; lines cut off at the end are found by what the database knows of the log's end. Then it holds the database's\n"
	"rows against the log: certificates and their revocations column by column, rows of them that are missing or too many, the orders that have a certificate,\n"
	"what authorizations were proven by, CRLs, accounts' keys and status, and what operators did (blocked keys, names and networks, suspended people, operators,\n"
	"exceptions from limits, calls to renew). What no line of the log tells of it does not look at: challenges, contacts, external account keys (but that those\n"
	"revoked are), people but for the said, sessions, letters, counts of limits, statistics. Where the database can't be read it says so, and looks at the log\n"
	"alone, as it does with a FILE.\n"
	"\n"
	"certificates does all this, and checks every certificate itself, with code that shares nothing with what issues them: each is its issuer's, keeps the\n"
	"rules of xica lint, and was asked for by its account, with a receipt for each of its names that was good at the time. Run it as root, so that the\n"
	"receipts' seals can be verified, in the log and in the database.\n"
	"\n"
	"xicad may run meanwhile.\n"
	"\n"
	"  --json     print JSON\n"
	"  -c FILE    the configuration that says where things are (" XICA_SYSCONFDIR "/xica/xicad.conf)\n"
	"  --dev DIR  the folder of xicad --dev\n"
	"\n"
	"Exit code: 0 all is right, 1 it is not or can't be read, 2 not understood.\n";

static int parse_options(int argc, char **argv, struct audit_options *options, bool *ret_help)
{
	static const struct option LONG[] = {
		{"dev", required_argument, NULL, 'd'}, {"json", no_argument, NULL, 'j'}, {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
	int c;
	optind = 1;
	opterr = 0;
	while ((c = getopt_long(argc, argv, ":c:h", LONG, NULL)) != -1) {
		switch (c) {
		case 'c': options->config_file = optarg; break;
		case 'd': options->dev_dir = optarg; break;
		case 'j': options->json = true; break;
		case 'h': *ret_help = true; break;
		default: return cli_option_error("audit", c, argv);
		}
	}
	return CLI_OK;
}

int cli_audit(int argc, char **argv)
{
	struct audit_options options = {0};
	bool help = false;
	int error = parse_options(argc, argv, &options, &help);
	if (error)
		return error;
	if (help) {
		(void)fputs(HELP, stdout);
		return CLI_OK;
	}
	const char *verb = optind < argc ? argv[optind] : "";
	int count = argc - optind;
	if (!strcmp(verb, "verify") && count <= 2)
		return audit_verb_verify(&options, count == 2 ? argv[optind + 1] : NULL);
	if (!strcmp(verb, "certificates") && count == 1)
		return audit_verb_certificates(&options);
	return cli_usage_error("audit", "there is: audit verify [FILE], audit certificates");
}
