// xica person: people with an account on the web site, asked of a running xicad.
#include <stdio.h>
#include <string.h>

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
	printf("    second factor  %s, %lld passkeys, %lld recovery codes\n", json_is_true(json_object_get(person, "totp")) ? "codes of an app" : "no codes",
	       operator_number(person, "passkeys"), operator_number(person, "recovery_codes"));
	json_array_foreach(json_object_get(person, "accounts"), i, account)
		printf("    ACME account   %lld\n", (long long)json_integer_value(account));
	print_sessions(person);
}

static void print_suspended(const json_t *person)
{
	printf("%s is suspended and logged out, with %lld ACME accounts. Certificates stay good: xica cert revoke --account ID revokes them.\n",
	       operator_text(person, "address"), operator_number(person, "accounts_changed"));
}

static void print_resumed(const json_t *person)
{
	printf("%s is good again, with %lld ACME accounts.\n", operator_text(person, "address"), operator_number(person, "accounts_changed"));
}

static void print_logged_out(const json_t *person)
{
	printf("%s is logged out: %lld sessions have ended.\n", operator_text(person, "address"), operator_number(person, "sessions"));
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

static bool agreed(const char *who)
{
	char answer[8];
	printf("This deletes %s for ever. Go on (y/n)? ", who);
	(void)fflush(stdout);
	return fgets(answer, sizeof(answer), stdin) && (answer[0] == 'y' || answer[0] == 'Y');
}

static int operator_verb(const struct options *options, const char *who)
{
	json_t *asked = question("person-operator", who);
	(void)json_object_set_new(asked, "operator", json_boolean(!options->take_away));
	return operator_show(&options->common, asked, print_operator);
}

static int list(const struct options *options, const char *beginning)
{
	json_t *asked = json_pack("{s:s, s:s*}", "command", "person-list", "address", beginning);
	return operator_list(&options->common, asked, "people", print_line, "There is nobody.");
}

static const struct {
	const char *verb, *command;
	void (*print)(const json_t *answer);
} OF_ONE[] = {
	{"show", "person-show", print_person},
	{"suspend", "person-suspend", print_suspended},
	{"resume", "person-resume", print_resumed},
	{"log-out", "person-log-out", print_logged_out},
	{"delete", "person-delete", print_deleted},
};

static int of_one(const struct options *options, const char *verb, const char *who)
{
	if (!strcmp(verb, "operator"))
		return operator_verb(options, who);
	for (size_t i = 0; i < sizeof(OF_ONE) / sizeof(OF_ONE[0]); i++)
		if (!strcmp(verb, OF_ONE[i].verb)) {
			if (!strcmp(verb, "delete") && !options->yes && !agreed(who))
				return cli_failed("person", "nobody was deleted: answer y, or say --yes");
			return operator_show(&options->common, question(OF_ONE[i].command, who), OF_ONE[i].print);
		}
	return cli_usage_error("person", "there is no command '%s': list, show, suspend, resume, log-out, operator, delete", verb);
}

int cli_person(int argc, char **argv)
{
	struct options options = {.common = {.command = "person"}};
	const struct operator_own own[] = {{"take-away", .flag = &options.take_away}, {"yes", .flag = &options.yes}, {NULL}};
	int code;
	if (!operator_parse(&options.common, own, HELP, argc, argv, &code))
		return code;
	char **words = options.common.words;
	int count = options.common.word_count;
	if ((count == 1 || count == 2) && !strcmp(words[0], "list"))
		return list(&options, count == 2 ? words[1] : NULL);
	if (count == 2)
		return of_one(&options, words[0], words[1]);
	return cli_usage_error("person", "there is: list, show WHO, suspend WHO, resume WHO, log-out WHO, operator WHO, delete WHO");
}
