// xica person: people with an account on the web site, asked of a running xicad.
#include <stdio.h>

#include "cli/cli.h"
#include "cli/operator.h"

static const char HELP[] =
	"Usage: xica person list [BEGINNING] [--after ...] [--limit N]\n"
	"       xica person show WHO\n"
	"       xica person suspend WHO\n"
	"       xica person resume WHO\n"
	"       xica person log-out WHO\n"
	"       xica person operator WHO [--take-away]\n"
	"       xica person delete WHO [--yes]\n"
	"\n"
	"WHO is a mail address, or the number that list shows. BEGINNING is how an address begins.\n"
	"Who is suspended can't log in, and their ACME accounts are suspended too, until they are resumed. Their certificates stay good.\n"
	"An operator may open the console of the web site, with a second factor: operator makes one, --take-away ends it. This command alone can.\n"
	"delete removes the person with keys, sessions and history, and says so by a letter; certificates stay. It can't be undone.\n"
	"\n"
	"  --take-away   not an operator any more\n"
	"  --yes         delete without asking\n"
	"  --after ...   the next page: as the list before said\n"
	"  --limit N     how many to list (100)\n" OPERATOR_HELP;

struct options {
	struct operator_options common;
	bool take_away, yes;
};

// --- printing

static const char *role_text(const json_t *person)
{
	return json_is_true(json_object_get(person, "operator")) ? "operator" : "";
}

static void print_line(const json_t *person)
{
	printf("%-8lld %-10s %s  %s  %s\n", operator_number(person, "id"), operator_text(person, "status"), operator_text(person, "created"),
	       operator_text(person, "address"), role_text(person));
}

static void print_sessions(const json_t *person)
{
	const json_t *session;
	size_t i;
	json_array_foreach(json_object_get(person, "sessions"), i, session)
		printf("    %s  since %s, last request %s, from %s: %s\n", json_is_true(json_object_get(session, "console")) ? "console" : "session",
		       operator_text(session, "created"), operator_text(session, "seen"), operator_text(session, "remote"), operator_text(session, "agent"));
}

static void print_person(const json_t *person)
{
	const json_t *account;
	size_t i;
	printf("Person %lld: %s, %s%s%s\n", operator_number(person, "id"), operator_text(person, "address"), operator_text(person, "status"),
	       *role_text(person) ? ", " : "", role_text(person));
	printf("    since          %s\n    language       %s\n", operator_text(person, "created"), operator_text(person, "language"));
	printf("    second factor  %s, %lld %s, %lld %s\n", json_is_true(json_object_get(person, "totp")) ? "codes of an app" : "no codes",
	       CLI_COUNTED(operator_number(person, "passkeys"), "passkey", "passkeys"), CLI_COUNTED(operator_number(person, "recovery_codes"), "recovery code", "recovery codes"));
	json_array_foreach(json_object_get(person, "accounts"), i, account)
		printf("    ACME account   %lld\n", (long long)json_integer_value(account));
	print_sessions(person);
}

static void print_suspended(const json_t *person)
{
	printf("%s is suspended and logged out, with %lld %s. Certificates stay good: xica cert revoke --account ID revokes them.\n",
	       operator_text(person, "address"), CLI_COUNTED(operator_number(person, "accounts_changed"), "ACME account", "ACME accounts"));
}

static void print_resumed(const json_t *person)
{
	printf("%s is good again, with %lld %s.\n", operator_text(person, "address"), CLI_COUNTED(operator_number(person, "accounts_changed"), "ACME account", "ACME accounts"));
}

static void print_logged_out(const json_t *person)
{
	printf("%s is logged out: %lld %s ended.\n", operator_text(person, "address"), CLI_COUNTED(operator_number(person, "sessions"), "session has", "sessions have"));
}

static void print_operator(const json_t *person)
{
	bool second = json_is_true(json_object_get(person, "totp")) || operator_number(person, "passkeys");
	printf("%s is %s, and is logged out.\n", operator_text(person, "address"),
	       json_is_true(json_object_get(person, "operator")) ? "an operator" : "no operator any more");
	if (json_is_true(json_object_get(person, "operator")) && !second)
		(void)puts("There is no second factor yet: the console opens once there is one.");
}

static void print_deleted(const json_t *person)
{
	printf("%s is deleted.\n", operator_text(person, "address"));
}

// --- commands

static json_t *question(const char *command, const char *who)
{
	json_int_t id;
	if (operator_parse_id(who, &id))
		return json_pack("{s:s, s:I}", "command", command, "person", id);
	return json_pack("{s:s, s:s}", "command", command, "address", who);
}

static int of_one(const struct operator_options *common, const char *command, void (*print)(const json_t *answer))
{
	return operator_show(common, question(command, common->operand), print);
}

static bool agreed(const char *who)
{
	char answer[8];
	printf("This deletes %s for ever. Go on (y/n)? ", who);
	(void)fflush(stdout);
	return fgets(answer, sizeof(answer), stdin) && (answer[0] == 'y' || answer[0] == 'Y');
}

static int list(const void *command)
{
	const struct operator_options *common = command;
	json_int_t number;
	if (common->after && !common->operand && !operator_parse_id(common->after, &number))
		return cli_usage_error("person", "--after must be a number from 1, and '%s' is not", common->after);
	json_t *asked = json_pack("{s:s, s:s*}", "command", "person-list", "address", common->operand);
	return operator_list(common, asked, "people", print_line, "There is nobody.");
}

static int show(const void *command)
{
	return of_one(command, "person-show", print_person);
}

static int suspend(const void *command)
{
	return of_one(command, "person-suspend", print_suspended);
}

static int resume(const void *command)
{
	return of_one(command, "person-resume", print_resumed);
}

static int log_out(const void *command)
{
	return of_one(command, "person-log-out", print_logged_out);
}

static int make_operator(const void *command)
{
	const struct options *options = command;
	json_t *asked = question("person-operator", options->common.operand);
	(void)json_object_set_new(asked, "operator", json_boolean(!options->take_away));
	return operator_show(&options->common, asked, print_operator);
}

static int delete(const void *command)
{
	const struct options *options = command;
	if (!options->yes && !agreed(options->common.operand))
		return cli_failed("person", "nobody was deleted: answer y, or say --yes");
	return of_one(&options->common, "person-delete", print_deleted);
}

static const struct operator_verb VERBS[] = {
	{"list", "[BEGINNING]", "after limit", list},
	{"show", "WHO", NULL, show},
	{"suspend", "WHO", NULL, suspend},
	{"resume", "WHO", NULL, resume},
	{"log-out", "WHO", NULL, log_out},
	{"operator", "WHO", "take-away", make_operator},
	{"delete", "WHO", "yes", delete},
	{NULL},
};

int cli_person(int argc, char **argv)
{
	struct options options = {.common = {.command = "person"}};
	const struct operator_own own[] = {{"take-away", .flag = &options.take_away}, {"yes", .flag = &options.yes}, {NULL}};
	return operator_run(&options.common, own, VERBS, HELP, argc, argv);
}
