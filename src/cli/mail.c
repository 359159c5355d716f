// xica mail: the queue of letters, asked of a running xicad.
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/operator.h"

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
		printf("         after %lld tries: %s%s%s\n", operator_number(mail, "tries"), error, *next ? "; again at " : "", next);
}

static void print_retried(const json_t *mail)
{
	printf("Letter %lld is tried again: xica mail list\n", operator_number(mail, "id"));
}

int cli_mail(int argc, char **argv)
{
	struct operator_options options = {.command = "mail"};
	const char *state = NULL;
	const struct operator_own own[] = {{"state", .text = &state}, {NULL}};
	json_int_t id = 0;
	int code;
	if (!operator_parse(&options, own, HELP, argc, argv, &code))
		return code;
	if (options.word_count == 1 && !strcmp(options.words[0], "list"))
		return operator_list(&options, json_pack("{s:s, s:s*}", "command", "mail-list", "state", state), "letters", print_letter, "There are no letters.");
	if (options.word_count == 2 && !strcmp(options.words[0], "retry") && operator_parse_id(options.words[1], &id))
		return operator_show(&options, json_pack("{s:s, s:I}", "command", "mail-retry", "mail", id), print_retried);
	return cli_usage_error("mail", "there is: mail list, mail retry ID, where ID is a number");
}
