// xica mail: the queue of letters, asked of a running xicad.
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/operator.h"
#include "cli/operator_values.h"

static const char HELP[] =
	"Usage: xica mail list [--state waiting|sent|failed] [--after ID] [--limit N]\n"
	"       xica mail retry ID\n"
	"\n"
	"Lists the letters that the CA has sent or is to send, the newest first, with what the mail relay said. A letter that could not be sent is\n"
	"tried again for three days. retry tries a waiting or failed one at once.\n"
	"\n"
	"  --state ...   only these\n"
	"  --after ID    the next page: as the list before said\n"
	"  --limit N     how many to list (100)\n" OPERATOR_HELP;

static void print_letter(const json_t *mail)
{
	const char *error = operator_text(mail, "error"), *next = operator_text(mail, "next_try");
	printf("%-8lld %-8s %s  %-16s %s\n", operator_number(mail, "id"), operator_text(mail, "state"), operator_text(mail, "created"),
	       operator_text(mail, "letter"), operator_text(mail, "to"));
	if (*error)
		printf("         after %lld %s: %s%s%s\n", CLI_COUNTED(operator_number(mail, "tries"), "try", "tries"), error, *next ? "; again at " : "", next);
}

static void print_retried(const json_t *mail)
{
	printf("Letter %lld is tried again: xica mail list\n", operator_number(mail, "id"));
}

struct options {
	struct operator_options common;
	const char *state;
};

static int list(const void *command)
{
	const struct options *options = command;
	return operator_list(&options->common, json_pack("{s:s, s:s*}", "command", "mail-list", "state", options->state), "letters", print_letter, "There are no letters.");
}

static int retry(const void *command)
{
	const struct operator_options *common = command;
	json_int_t id;
	if (!operator_parse_id(common->operand, &id))
		return cli_usage_error("mail", "'%s' is no letter's number", common->operand);
	return operator_show(common, json_pack("{s:s, s:I}", "command", "mail-retry", "mail", id), print_retried);
}

static const struct operator_verb VERBS[] = {{"list", NULL, "state after limit", list, .after = operator_wants_number}, {"retry", "ID", NULL, retry}, {NULL}};

int cli_mail(int argc, char **argv)
{
	struct options options = {.common = {.command = "mail"}};
	const struct operator_own own[] = {{"state", .text = &options.state, .one_of = "waiting sent failed"}, {NULL}};
	return operator_run(&options.common, own, VERBS, HELP, argc, argv);
}
