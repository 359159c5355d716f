// xica renew: renews what is due.
#include <getopt.h>
#include <stdio.h>

#include "cli/cli.h"
#include "cli/obtain.h"
#include "crypto/init.h"
#include "jose/jws.h"

static const char HELP[] =
	"Usage: xica renew [OPTION...] [NAME...]\n\n"
	"Renews what xica get got, where it is due: when the CA says so, or else by its lifetime. With names: those alone.\n"
	"What can't be renewed stays as it is.\n\n"
	"  --config-dir DIR  where keys, certificates and their settings are (" CLIENT_CONFIG_DIR ")\n"
	"  --force           also what isn't due\n"
	"  --dry-run         prove the names, and ask for no certificate\n"
	"  --json            print JSON, one object\n\n"
	"Exit code: 0 all is renewed or not due, 1 something could not be renewed, 2 not understood.";

static void renew_one(struct obtain *obtain, const char *name)
{
	cleanup_lineage lineage = CLIENT_LINEAGE_INIT;
	cleanup_trouble trouble = CLIENT_TROUBLE_INIT;
	if (client_lineage_open(&lineage, obtain->options.config_dir, name, &trouble))
		obtain_failed(obtain, name, &trouble);
	else
		obtain_one(obtain, &lineage);
}

static void renew(struct obtain *obtain, char **names)
{
	cleanup_arena arena = ARENA_INIT;
	const char **all;
	size_t count = 0;
	for (; *names; names++, count++)
		renew_one(obtain, client_lineage_name(*names, &arena));
	if (count)
		return;
	if (obtain_lineages(obtain->options.config_dir, &arena, &all, &count))
		return;
	for (size_t i = 0; i < count; i++)
		renew_one(obtain, all[i]);
	if (!count)
		client_tell(&obtain->tell, "there is nothing to renew in %s", obtain->options.config_dir);
}

int cli_renew(int argc, char **argv)
{
	enum { OPTION_CONFIG_DIR = 256, OPTION_FORCE, OPTION_DRY_RUN, OPTION_JSON, OPTION_HELP };
	static const struct option OPTIONS[] = {{"config-dir", required_argument, NULL, OPTION_CONFIG_DIR}, {"force", no_argument, NULL, OPTION_FORCE},
		{"dry-run", no_argument, NULL, OPTION_DRY_RUN}, {"json", no_argument, NULL, OPTION_JSON}, {"help", no_argument, NULL, OPTION_HELP}, {0}};
	struct obtain obtain = {.options = {.config_dir = CLIENT_CONFIG_DIR, .agrees = true}}; // the terms: agreed with when it was got
	bool json = false;
	int option;
	opterr = 0;
	while ((option = getopt_long(argc, argv, ":", OPTIONS, NULL)) != -1) {
		if (option == ':' || option == '?')
			return cli_option_error("renew", option, argv);
		if (option == OPTION_HELP) {
			(void)puts(HELP);
			return CLI_OK;
		}
		obtain.options.force |= option == OPTION_FORCE;
		obtain.options.dry_run |= option == OPTION_DRY_RUN;
		json |= option == OPTION_JSON;
		if (option == OPTION_CONFIG_DIR)
			obtain.options.config_dir = optarg;
	}
	if (crypto_init() || jose_init())
		return cli_failed("renew", "the crypto library can't be started");
	obtain.options.force |= obtain.options.dry_run;
	if (!obtain_open(&obtain, "renew", json))
		renew(&obtain, argv + optind);
	return obtain_close(&obtain);
}
