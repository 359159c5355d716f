// xica(1): finds the sub-command and runs it.
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

static const struct cli_command COMMANDS[] = { // in the order of --help; without a name: a heading
	{NULL, NULL, "For an XMPP server"},
	{"get", cli_get, "get a certificate for an XMPP server, from any ACME CA"},
	{"renew", cli_renew, "renew what xica get got, where it is due"},
	{NULL, NULL, "To look at certificates"},
	{"lint", cli_lint, "say which rules a certificate breaks"},
	{"verify", cli_verify, "say whether a chain of certificates proves a domain to clients or servers"},
	{NULL, NULL, "To make a CA"},
	{"ca", cli_ca, "make, roll over and show a CA: the ceremony"},
	{NULL, NULL, "To run a CA: what xicad did and does"},
	{"cert", cli_cert, "list, show, issue and revoke certificates of a running xicad"},
	{"account", cli_account, "list, show, suspend ACME accounts; external account keys"},
	{"order", cli_order, "list orders, show how far one is, and what stopped it; approve or refuse those that wait"},
	{"limits", cli_limits, "how often accounts, domains and addresses may: what is felt just now, exceptions"},
	{"block", cli_block, "keys that are never certified again; names and networks that are turned away"},
	{"person", cli_person, "people with an account on the web site: list, suspend, make an operator, delete"},
	{"mail", cli_mail, "the letters that are to be sent, and those that could not be"},
	{"health", cli_health, "how a running xicad is"},
	{NULL, NULL, "To keep it"},
	{"audit", cli_audit, "check the audit log, and every certificate against it and the database"},
	{"backup", cli_backup, "keep a CA, running or not: database, audit log, certificates, configuration"},
	{"restore", cli_restore, "put a kept CA back, with what the audit log tells of since"},
	{"doctor", cli_doctor, "look at a CA as it is deployed, and say what to do"},
	{NULL, NULL, NULL},
};

static void print_help(void)
{
	(void)puts("Usage: xica COMMAND [OPTION...]");
	for (const struct cli_command *command = COMMANDS; command->help; command++)
		if (command->name)
			printf("  %-9s %s\n", command->name, command->help);
		else
			printf("\n%s:\n", command->help);
	(void)puts("\n'xica COMMAND --help' says more of one; so does xica(1). Commands that look after a CA find it by -c FILE or --dev DIR, and most of them print JSON with --json.\n"
		   "Exit code: 0 done, 1 not done or the answer is no, 2 not understood.");
}

// "xica --dev DIR account eab list" means "xica account eab list --dev DIR": -c and --dev, and their argument, may stand before the command.
static void move_command_first(int argc, char **argv)
{
	int command = 1;
	while (command + 1 < argc && (!strcmp(argv[command], "--dev") || !strcmp(argv[command], "-c")))
		command += 2;
	if (command >= argc)
		return;
	char *name = argv[command];
	for (int i = command; i > 1; i--)
		argv[i] = argv[i - 1];
	argv[1] = name;
}

int main(int argc, char **argv)
{
	move_command_first(argc, argv);
	const char *name = argc > 1 ? argv[1] : "";
	if (!*name)
		return cli_usage_error(NULL, "a command is missing");
	if (!strcmp(name, "--help") || !strcmp(name, "-h")) {
		print_help();
		return CLI_OK;
	}
	if (!strcmp(name, "--version")) {
		(void)puts("xica " XICA_VERSION);
		return CLI_OK;
	}
	for (const struct cli_command *command = COMMANDS; command->help; command++)
		if (command->name && !strcmp(name, command->name))
			return command->run(argc - 1, argv + 1);
	return cli_usage_error(NULL, "there is no command '%s'", name);
}
