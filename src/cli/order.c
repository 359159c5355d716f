// xica order: how far an order is, and what stopped it.
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/operator.h"

static const char HELP[] =
	"Usage: xica order show ID\n"
	"\n"
	"Shows an order with its authorizations and challenges, and what the proofs failed for. ID is the number at the end of the order's URL.\n"
	"\n" OPERATOR_HELP;

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

int cli_order(int argc, char **argv)
{
	static const struct option LONG[] = {OPERATOR_LONG_OPTIONS, {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
	struct operator_options options = {.command = "order"};
	json_int_t id = 0;
	int c;
	optind = 1;
	opterr = 0;
	while ((c = getopt_long(argc, argv, ":c:h", LONG, NULL)) != -1) {
		if (c == 'h') {
			(void)fputs(HELP, stdout);
			return CLI_OK;
		}
		if (!operator_option(&options, c, optarg))
			return cli_option_error("order", c, argv);
	}
	if (argc - optind != 2 || strcmp(argv[optind], "show") || !operator_parse_id(argv[optind + 1], &id))
		return cli_usage_error("order", "there is: order show ID, where ID is a number");
	return operator_show(&options, json_pack("{s:s, s:I}", "command", "order-show", "order", id), print_order);
}
