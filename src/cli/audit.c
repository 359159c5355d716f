// xica audit: is what the CA did written down, and was it right? The verbs are in audit_verify.c and audit_certificates.c.
#include "cli/audit.h"

#include "cli/cli.h"

static const char HELP[] =
	"Usage: xica audit verify [FILE]\n"
	"       xica audit certificates [--seals]\n"
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
	"  --seals    what can't be said of all seals is not right: fail where the key is missing, or has been another one; for timers\n"
	"  --json     print JSON\n"
	"  -c FILE    the configuration that says where things are (" XICA_SYSCONFDIR "/xica/xicad.conf)\n"
	"  --dev DIR  the folder of xicad --dev\n"
	"\n"
	"Exit code: 0 all is right, 1 it is not or can't be read, 2 not understood.\n";

static const struct operator_verb VERBS[] = {{"verify", "[FILE]", NULL, audit_verb_verify}, {"certificates", NULL, "seals", audit_verb_certificates}, {NULL}};

int cli_audit(int argc, char **argv)
{
	struct audit_options options = {.common = {.command = "audit"}};
	const struct operator_own own[] = {{"seals", .flag = &options.seals}, {NULL}};
	return operator_run(&options.common, own, VERBS, HELP, argc, argv);
}
