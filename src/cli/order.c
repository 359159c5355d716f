// xica order: how far an order is, and what stopped it; those that wait for an operator.
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/operator.h"
#include "cli/operator_values.h"

static const char HELP[] =
	"Usage: xica order list [FILTER...] [--after ID] [--limit N]\n"
	"       xica order show ID\n"
	"       xica order waiting [--after ID] [--limit N]\n"
	"       xica order approve ID\n"
	"       xica order refuse ID [--reason TEXT]\n"
	"\n"
	"list: the newest first; filters join. show: an order with its authorizations and challenges, and what the proofs failed for. ID is the number at the end of the order's URL.\n"
	"waiting: orders for names that the configuration wants looked at (names { review }). Their names are proven, and nothing is issued before\n"
	"an operator approves. A refused one is over, and its client is told so, with the reason.\n"
	"\n"
	"  --name NAME   orders for exactly this domain, also where it was proven for a domain above it\n"
	"  --account ID  of this ACME account\n"
	"  --status WORD pending, ready, processing, valid, invalid\n"
	"  --profile NAME  for a certificate of this profile\n"
	"  --since TIME, --until TIME  made at this time or after it; before it. 2026-05-04, or 2026-05-04T03:02:01Z\n"
	"  --reason TEXT why it is refused; the applicant reads it\n"
	"  --after ID    the next page: as the list before said\n"
	"  --limit N     how many to list (100)\n" OPERATOR_HELP;

static void print_error(const json_t *object, const char *indent)
{
	const json_t *error = json_object_get(object, "error");
	if (json_is_object(error))
		printf("%s%s: %s\n", indent, operator_text(error, "type"), operator_text(error, "detail"));
}

static void print_authz(const json_t *authz)
{
	const json_t *challenge;
	size_t i;
	printf("    %s: %s until %s (authorization %lld)\n", operator_text(authz, "name"), operator_text(authz, "status"), operator_text(authz, "expires"),
	       operator_number(authz, "id"));
	json_array_foreach(json_object_get(authz, "challenges"), i, challenge) {
		printf("        %-12s %s\n", operator_text(challenge, "type"), operator_text(challenge, "status"));
		print_error(challenge, "            ");
	}
}

static void print_order(const json_t *order)
{
	const json_t *authz, *name;
	size_t i;
	printf("Order %lld of account %lld: %s\n", operator_number(order, "id"), operator_number(order, "account"), operator_text(order, "status"));
	printf("    made     %s\n    expires  %s\n    profile  %s\n", operator_text(order, "created"), operator_text(order, "expires"),
	       operator_text(order, "profile"));
	if (*operator_text(order, "serial"))
		printf("    serial   %s\n", operator_text(order, "serial"));
	printf("    names   ");
	json_array_foreach(json_object_get(order, "names"), i, name)
		printf(" %s", json_string_value(name));
	(void)puts("");
	print_error(order, "    ");
	json_array_foreach(json_object_get(order, "authorizations"), i, authz)
		print_authz(authz);
}

static void print_line(const json_t *order)
{
	const json_t *name;
	size_t i;
	printf("%-8lld %-10s %s  account %-6lld %-12s", operator_number(order, "id"), operator_text(order, "status"), operator_text(order, "created"),
	       operator_number(order, "account"), operator_text(order, "profile"));
	json_array_foreach(json_object_get(order, "names"), i, name)
		printf(" %s", json_string_value(name));
	(void)puts("");
}

static void print_waiting(const json_t *order)
{
	const json_t *name;
	size_t i;
	printf("%-8lld account %-6lld %s  %-12s", operator_number(order, "id"), operator_number(order, "account"), operator_text(order, "created"),
	       operator_text(order, "profile"));
	json_array_foreach(json_object_get(order, "names"), i, name)
		printf(" %s", json_string_value(name));
	(void)puts("");
}

static void print_approved(const json_t *order)
{
	printf("Order %lld is approved: its certificate is issued now (xica order show %lld).\n", operator_number(order, "id"), operator_number(order, "id"));
}

static void print_refused(const json_t *order)
{
	printf("Order %lld is refused.\n", operator_number(order, "id"));
}

struct options {
	struct operator_options common;
	const char *reason, *name, *status, *profile, *since, *until;
	json_int_t account; // 0: any
};

static int of_one(const struct options *options, const char *question, void (*print)(const json_t *answer))
{
	json_int_t id;
	if (!operator_parse_id(options->common.operand, &id))
		return cli_usage_error("order", "'%s' is no order's number", options->common.operand);
	return operator_show(&options->common, json_pack("{s:s, s:I, s:s*}", "command", question, "order", id, "reason", options->reason), print);
}

static int show(const void *command)
{
	return of_one(command, "order-show", print_order);
}

static int approve(const void *command)
{
	return of_one(command, "order-approve", print_approved);
}

static int refuse(const void *command)
{
	return of_one(command, "order-refuse", print_refused);
}

static int waiting(const void *command)
{
	return operator_list(command, json_pack("{s:s}", "command", "order-waiting"), "orders", print_waiting, "No order waits.");
}

// Authorizations are for the name below the star, whether there is one or not.
static int list(const void *command)
{
	const struct options *options = command;
	cleanup_arena arena = ARENA_INIT;
	const char *name = options->name ? operator_name(options->name, &arena) : NULL;
	json_t *question = json_pack("{s:s, s:s*, s:s*, s:s*, s:s*, s:s*}", "command", "order-list", "name", name && !strncmp(name, "*.", 2) ? name + 2 : name, "status",
				     options->status, "profile", options->profile, "since", options->since, "until", options->until);
	if (options->account)
		(void)json_object_set_new(question, "account", json_integer(options->account));
	return operator_list(&options->common, question, "orders", print_line, "There are no such orders.");
}

static const struct operator_verb VERBS[] = {
	{"list", NULL, "name account status profile since until after limit", list, .after = operator_wants_number},
	{"show", "ID", NULL, show},
	{"waiting", NULL, "after limit", waiting, .after = operator_wants_number},
	{"approve", "ID", NULL, approve},
	{"refuse", "ID", "reason", refuse},
	{NULL},
};

int cli_order(int argc, char **argv)
{
	struct options options = {.common = {.command = "order"}};
	const struct operator_own own[] = {
		{"name", .text = &options.name, .wants = operator_wants_name}, {"account", .id = &options.account},
		{"status", .text = &options.status, .one_of = "pending ready processing valid invalid"}, {"profile", .text = &options.profile, .wants = operator_wants_something},
		{"since", .text = &options.since, .wants = operator_wants_time}, {"until", .text = &options.until, .wants = operator_wants_time},
		{"reason", .text = &options.reason}, {NULL}};
	return operator_run(&options.common, own, VERBS, HELP, argc, argv);
}
