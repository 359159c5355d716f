// xica limits: how often accounts, domains and addresses may do what they do, as a running xicad counts it.
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/operator.h"
#include "cli/operator_values.h"

static const char HELP[] =
	"Usage: xica limits show\n"
	"       xica limits list [--account N | --domain NAME | --address A] [--kind KIND] [--after TEXT] [--limit N]\n"
	"       xica limits reset --account N | --domain NAME | --address A [--kind KIND]\n"
	"       xica limits set --account N | --domain NAME | --address A [--kind KIND] --rate RATE [--reason TEXT]\n"
	"       xica limits unset --account N | --domain NAME | --address A [--kind KIND]\n"
	"       xica limits exceptions [--after TEXT] [--limit N]\n"
	"\n"
	"show says what xicad.conf(5) allows; list, what is limited just now, and until when it is refused. reset forgives what was taken. set gives one account,\n"
	"domain or address another rate than the configuration's, or none; unset takes that back; exceptions lists them. A limit that is off in the configuration is\n"
	"off for all: nobody can be given a rate.\n"
	"\n"
	"  --account N   its orders, its sets of names, its failed validations\n"
	"  --domain NAME certificates for the registrable domain of this name\n"
	"  --address A   new accounts from this address and its network\n"
	"  --kind KIND   one limit alone: accounts-per-address, accounts-per-network, orders-per-account,\n"
	"                orders-per-names, certificates-per-domain or failed-validations\n"
	"  --rate RATE   \"300 per 3h\", \"300 per 3h, burst 50\", or \"none\": no limit\n"
	"  --reason TEXT for whoever reads the list\n"
	"  --after TEXT  the next page: as the list before said\n"
	"  --limit N     how many to list (100)\n" OPERATOR_HELP;

static const char KINDS[] = "accounts-per-address accounts-per-network orders-per-account orders-per-names certificates-per-domain failed-validations";

struct options {
	struct operator_options common;
	const char *domain, *address, *kind, *rate, *reason;
	json_int_t account; // 0: none
};

// --- show

static void print_rate(const char *name, const json_t *rate)
{
	printf("  %-24s %s\n", name, json_string_value(rate));
}

static void print_configured(const json_t *limits)
{
	const char *name;
	json_t *rate, *rates = json_object_get(limits, "rates");
	if (operator_number(limits, "requests_per_minute"))
		printf("  %-24s %lld per 1m, burst %lld\n", "requests per address", operator_number(limits, "requests_per_minute"), operator_number(limits, "requests_burst"));
	else
		printf("  %-24s none\n", "requests per address");
	json_object_foreach(rates, name, rate)
		print_rate(name, rate);
}

// --- list

#define LIMIT_COLUMNS "%-23s %-24s %s"
#define EXCEPTION_COLUMNS "%-23s %-24s %-24s %-20s %s"
static const char LIMIT_HEAD[] = "kind                    whose                    rate, and what is left of it";
static const char EXCEPTION_HEAD[] = "kind                    whose                    rate                     since                why";

static void print_limit(const json_t *limit)
{
	const char *until = operator_text(limit, "refused_until"), *owner = operator_text(limit, "owner"), *what = operator_text(limit, "what");
	printf(LIMIT_COLUMNS "; %lld left%s%s%s%s\n", operator_text(limit, "kind"), owner, operator_text(limit, "rate"), operator_number(limit, "left"),
	       *until ? ", refused until " : "", until, strcmp(what, owner) != 0 ? ": " : "", strcmp(what, owner) != 0 ? what : "");
}

static void print_exception(const json_t *exception)
{
	printf(EXCEPTION_COLUMNS "\n", operator_text(exception, "kind"), operator_text(exception, "owner"), operator_text(exception, "rate"),
	       operator_text(exception, "time"), operator_text(exception, "reason"));
}

static void print_set(const json_t *answer)
{
	const json_t *exception;
	size_t i;
	json_array_foreach(json_object_get(answer, "overrides"), i, exception)
		print_exception(exception);
}

static void print_reset(const json_t *answer)
{
	printf("%lld %s forgiven.\n", CLI_COUNTED(operator_number(answer, "reset"), "count is", "counts are"));
}

static void print_unset(const json_t *answer)
{
	printf("%lld %s taken back: the configuration counts again.\n", CLI_COUNTED(operator_number(answer, "dropped"), "exception is", "exceptions are"));
}

// --- the questions

// "3 17:ab…": what a list ended with.
static const char *wants_cursor(const char *text)
{
	return text[0] >= '1' && text[0] <= '9' && text[1] == ' ' && text[2] ? NULL : "what a list before said";
}

static int count_whom(const struct options *options)
{
	return (options->account != 0) + (options->domain != NULL) + (options->address != NULL);
}

static json_t *question_of(const struct options *options, const char *command)
{
	json_t *question = json_pack("{s:s, s:s*, s:s*, s:s*, s:s*, s:s*}", "command", command, "domain", options->domain, "address", options->address, "kind",
				     options->kind, "rate", options->rate, "reason", options->reason);
	if (options->account)
		(void)json_object_set_new(question, "account", json_integer(options->account));
	return question;
}

static int ask_about(const struct options *options, const char *command, void (*print)(const json_t *))
{
	if (count_whom(options) != 1)
		return cli_usage_error("limits", "say whom it is about: one of --account, --domain and --address");
	return operator_show(&options->common, question_of(options, command), print);
}

static int show(const void *command)
{
	return operator_show(command, json_pack("{s:s}", "command", "limits"), print_configured);
}

static int list(const void *command)
{
	const struct options *options = command;
	if (count_whom(options) > 1)
		return cli_usage_error("limits", "say one of --account, --domain and --address");
	return operator_list(&options->common, question_of(options, "limit-list"), "limits", print_limit, "Nothing is limited just now.");
}

static int reset(const void *command)
{
	return ask_about(command, "limit-reset", print_reset);
}

static int set(const void *command)
{
	const struct options *options = command;
	return options->rate ? ask_about(options, "limit-override", print_set) : cli_usage_error("limits", "say the rate: --rate \"300 per 3h\", or none");
}

static int unset(const void *command)
{
	return ask_about(command, "limit-override-drop", print_unset);
}

static int exceptions(const void *command)
{
	return operator_list(command, json_pack("{s:s}", "command", "limit-overrides"), "overrides", print_exception, "There are no exceptions.");
}

static const struct operator_verb VERBS[] = {
	{"show", NULL, NULL, show},
	{"list", NULL, "account domain address kind after limit", list, .after = wants_cursor, .head = LIMIT_HEAD},
	{"reset", NULL, "account domain address kind", reset},
	{"set", NULL, "account domain address kind rate reason", set},
	{"unset", NULL, "account domain address kind", unset},
	{"exceptions", NULL, "after limit", exceptions, .after = wants_cursor, .head = EXCEPTION_HEAD},
	{NULL},
};

int cli_limits(int argc, char **argv)
{
	struct options options = {.common = {.command = "limits"}};
	const struct operator_own own[] = {{"account", .id = &options.account}, {"domain", .text = &options.domain, .wants = operator_wants_domain},
					   {"address", .text = &options.address, .wants = operator_wants_address}, {"kind", .text = &options.kind, .one_of = KINDS},
					   {"rate", .text = &options.rate, .wants = operator_wants_rate}, {"reason", .text = &options.reason}, {NULL}};
	return operator_run(&options.common, own, VERBS, HELP, argc, argv);
}
