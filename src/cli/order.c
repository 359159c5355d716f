// xica order: how far an order is, and what stopped it; those that wait for an operator.
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/operator.h"

static const char HELP[] =
	"Usage: xica order show ID\n"
	"       xica order waiting [--after ID] [--limit N]\n"
	"       xica order approve ID\n"
	"       xica order refuse ID [--reason TEXT]\n"
	"\n"
	"show: an order with its authorizations and challenges, and what the proofs failed for. ID is the number at the end of the order's URL.\n"
	"waiting: orders for names that the configuration wants looked at (names { review }). Their names are proven, and nothing is issued before\n"
	"an operator approves. A refused one is over, and its client is told so, with the reason.\n"
	"\n"
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
	const json_t *authz;
	size_t i;
	printf("Order %lld of account %lld: %s\n", operator_number(order, "id"), operator_number(order, "account"), operator_text(order, "status"));
	printf("    made     %s\n    expires  %s\n    profile  %s\n", operator_text(order, "created"), operator_text(order, "expires"),
	       operator_text(order, "profile"));
	if (*operator_text(order, "serial"))
		printf("    serial   %s\n", operator_text(order, "serial"));
	print_error(order, "    ");
	json_array_foreach(json_object_get(order, "authorizations"), i, authz)
		print_authz(authz);
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
	const char *reason;
	bool help;
};

static int parse_options(int argc, char **argv, struct options *options)
{
	static const struct option LONG[] = {
		OPERATOR_LONG_OPTIONS, {"reason", required_argument, NULL, 'r'}, {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
	int c;
	optind = 1;
	opterr = 0;
	while ((c = getopt_long(argc, argv, ":c:h", LONG, NULL)) != -1) {
		if (operator_option(&options->common, c, optarg))
			continue;
		switch (c) {
		case 'r': options->reason = optarg; break;
		case 'h': options->help = true; break;
		default: return cli_option_error("order", c, argv);
		}
	}
	return operator_options_good(&options->common) ? CLI_OK : cli_usage_error("order", "--limit wants a number from 1");
}

static const struct {
	const char *verb, *command;
	void (*print)(const json_t *answer);
} OF_ONE[] = {
	{"show", "order-show", print_order},
	{"approve", "order-approve", print_approved},
	{"refuse", "order-refuse", print_refused},
};

int cli_order(int argc, char **argv)
{
	struct options options = {.common = {.command = "order"}};
	json_int_t id = 0;
	if (parse_options(argc, argv, &options))
		return CLI_USAGE;
	char **words = argv + optind;
	int count = argc - optind;
	if (options.help) {
		(void)fputs(HELP, stdout);
		return CLI_OK;
	}
	if (count == 1 && !strcmp(words[0], "waiting"))
		return operator_list(&options.common, json_pack("{s:s}", "command", "order-waiting"), "orders", print_waiting, "No order waits.");
	for (size_t i = 0; count == 2 && i < sizeof(OF_ONE) / sizeof(OF_ONE[0]); i++)
		if (!strcmp(words[0], OF_ONE[i].verb) && operator_parse_id(words[1], &id))
			return operator_show(&options.common, json_pack("{s:s, s:I, s:s*}", "command", OF_ONE[i].command, "order", id, "reason", options.reason),
					     OF_ONE[i].print);
	return cli_usage_error("order", "there is: order show ID, waiting, approve ID, refuse ID, where ID is a number");
}
