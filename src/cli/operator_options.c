// The options of the operator's commands: those that all of them have, and each one's own by its table, in one getopt_long.
#include <getopt.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>

#include "cli/cli.h"
#include "cli/operator.h"

enum { OWN_FIRST = 256, OWN_MAX = 24 }; // what getopt_long answers for a command's own: above every letter

static const struct option COMMON[] = {{"dev", required_argument, NULL, 'd'}, {"json", no_argument, NULL, 'j'}, {"after", required_argument, NULL, 'A'},
				       {"limit", required_argument, NULL, 'L'}, {"help", no_argument, NULL, 'h'}};
enum { COMMON_COUNT = sizeof(COMMON) / sizeof(COMMON[0]) };

static int take_limit(struct operator_options *options, const char *argument)
{
	json_int_t limit;
	if (!operator_parse_id(argument, &limit) || limit >= INT32_MAX)
		return cli_usage_error(options->command, "--limit wants a number from 1");
	options->limit = (unsigned long)limit;
	return CLI_OK;
}

static int take_own(const struct operator_options *options, const struct operator_own *own, const char *argument)
{
	if (own->flag)
		*own->flag = true;
	else if (own->text)
		*own->text = argument;
	else if (own->id && !operator_parse_id(argument, own->id))
		return cli_usage_error(options->command, "'%s' is no %s's number", argument, own->name);
	else if (own->texts && own->texts->count == OPERATOR_TEXTS_MAX)
		return cli_usage_error(options->command, "--%s comes too often: %d times at most", own->name, OPERATOR_TEXTS_MAX);
	else if (own->texts)
		own->texts->list[own->texts->count++] = argument;
	return CLI_OK;
}

static int take(struct operator_options *options, const struct operator_own *own, int answer, char **argv, bool *help)
{
	switch (answer) {
	case 'c': options->config_file = optarg; return CLI_OK;
	case 'd': options->dev_dir = optarg; return CLI_OK;
	case 'j': options->json = true; return CLI_OK;
	case 'A': options->after = optarg; return CLI_OK;
	case 'L': return take_limit(options, optarg);
	case 'h': *help = true; return CLI_OK;
	default: return answer < OWN_FIRST ? cli_option_error(options->command, answer, argv) : take_own(options, &own[answer - OWN_FIRST], optarg);
	}
}

bool operator_parse(struct operator_options *options, const struct operator_own *own, const char *help_text, int argc, char **argv, int *ret_code)
{
	struct option all[COMMON_COUNT + OWN_MAX + 1] = {0};
	size_t count = 0;
	bool help = false;
	int answer;
	for (; count < COMMON_COUNT; count++)
		all[count] = COMMON[count];
	for (size_t i = 0; i < OWN_MAX && own[i].name; i++)
		all[count++] = (struct option){own[i].name, own[i].flag ? no_argument : required_argument, NULL, OWN_FIRST + (int)i};
	optind = 1;
	opterr = 0;
	while ((answer = getopt_long(argc, argv, ":c:h", all, NULL)) != -1)
		if ((*ret_code = take(options, own, answer, argv, &help)))
			return false;
	*ret_code = CLI_OK;
	options->words = argv + optind;
	options->word_count = argc - optind;
	if (help)
		(void)fputs(help_text, stdout);
	return !help;
}
