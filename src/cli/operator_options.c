// The line of an operator's command: its verb, and of the options that all commands and this one have those that the verb reads, in one getopt_long.
#include <getopt.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "cli/cli.h"
#include "cli/operator.h"

enum { OWN_FIRST = 256, OWN_MAX = 24, LIMIT_MAX = 1000000000 }; // OWN_FIRST: what getopt_long answers for a command's own: above every letter

static const struct option COMMON[] = {{"dev", required_argument, NULL, 'd'}, {"json", no_argument, NULL, 'j'}, {"after", required_argument, NULL, 'A'},
				       {"limit", required_argument, NULL, 'L'}, {"help", no_argument, NULL, 'h'}};
enum { COMMON_COUNT = sizeof(COMMON) / sizeof(COMMON[0]) };

struct line {
	struct operator_options *options;
	const struct operator_own *own;
	char **argv;
	bool help;
	bool given[OWN_MAX], after, limit; // which stand on it
};

// --- options

static int take_limit(struct operator_options *options, const char *argument)
{
	json_int_t limit;
	if (!operator_parse_id(argument, &limit) || limit > LIMIT_MAX)
		return cli_usage_error(options->command, "--limit wants a number from 1 to %d", LIMIT_MAX);
	options->limit = (unsigned long)limit;
	return CLI_OK;
}

// Where a value comes twice, one of them would be passed over.
static int take_once(const struct line *line, const char **ret_value, const char *option)
{
	if (*ret_value)
		return cli_usage_error(line->options->command, "%s is given twice", option);
	*ret_value = optarg;
	return CLI_OK;
}

static int take_own(struct line *line, size_t index)
{
	const struct operator_own *own = &line->own[index];
	const char *command = line->options->command;
	bool again = line->given[index];
	line->given[index] = true;
	if (again && (own->text || own->id))
		return cli_usage_error(command, "--%s is given twice", own->name);
	if (own->flag)
		*own->flag = true;
	else if (own->text)
		*own->text = optarg;
	else if (own->id && !operator_parse_id(optarg, own->id))
		return cli_usage_error(command, "'%s' is no %s's number", optarg, own->name);
	else if (own->texts && own->texts->count == OPERATOR_TEXTS_MAX)
		return cli_usage_error(command, "--%s comes too often: %d times at most", own->name, OPERATOR_TEXTS_MAX);
	else if (own->texts)
		own->texts->list[own->texts->count++] = optarg;
	return CLI_OK;
}

static int take(struct line *line, int answer)
{
	struct operator_options *options = line->options;
	switch (answer) {
	case 'c': return take_once(line, &options->config_file, "-c");
	case 'd': return take_once(line, &options->dev_dir, "--dev");
	case 'j': options->json = true; return CLI_OK;
	case 'A': line->after = true; return take_once(line, &options->after, "--after");
	case 'L': line->limit = true; return take_limit(options, optarg);
	case 'h': line->help = true; return CLI_OK;
	default: return answer < OWN_FIRST ? cli_option_error(options->command, answer, line->argv) : take_own(line, (size_t)(answer - OWN_FIRST));
	}
}

static int take_all(struct line *line, int argc)
{
	struct option all[COMMON_COUNT + OWN_MAX + 1] = {0};
	size_t count = 0;
	int answer, code = CLI_OK;
	for (; count < COMMON_COUNT; count++)
		all[count] = COMMON[count];
	for (size_t i = 0; i < OWN_MAX && line->own[i].name; i++)
		all[count++] = (struct option){line->own[i].name, line->own[i].flag ? no_argument : required_argument, NULL, OWN_FIRST + (int)i};
	optind = 1;
	opterr = 0;
	while (!code && (answer = getopt_long(argc, line->argv, ":c:h", all, NULL)) != -1)
		code = take(line, answer);
	return code ? code : cli_check_place(line->options->command, line->options->config_file, line->options->dev_dir);
}

// --- the verb

static void list_verbs(const struct operator_verb *verbs, struct buf *out)
{
	for (const struct operator_verb *verb = verbs; verb->name; verb++)
		buf_addf(out, "%s%s%s%s", verb == verbs ? "" : ", ", verb->name, verb->operand ? " " : "", verb->operand ? verb->operand : "");
}

// How many of the words are the verb's name: 0 where they are not, as with the name that is empty.
static int words_of(const struct operator_verb *verb, char **words, int count)
{
	const char *blank = strchr(verb->name, ' ');
	size_t first = blank ? (size_t)(blank - verb->name) : strlen(verb->name);
	if (!count || strlen(words[0]) != first || strncmp(words[0], verb->name, first))
		return 0;
	return !blank ? 1 : count > 1 && !strcmp(words[1], blank + 1) ? 2 : 0;
}

static const char *name_of(const struct operator_options *options)
{
	return *options->verb->name ? options->verb->name : options->command;
}

static int find_verb(struct operator_options *options, const struct operator_verb *verbs, char **words, int count)
{
	cleanup_buf all = BUF_INIT;
	int used = 0;
	for (options->verb = verbs; options->verb->name; options->verb++)
		if (!*options->verb->name || (used = words_of(options->verb, words, count)))
			break;
	const struct operator_verb *verb = options->verb;
	list_verbs(verbs, &all);
	if (!verb->name && count)
		return cli_usage_error(options->command, "there is no '%s%s%s'; there is: %s", words[0], count > 1 ? " " : "", count > 1 ? words[1] : "", buf_cstr(&all));
	if (!verb->name)
		return cli_usage_error(options->command, "what is to be done? There is: %s", buf_cstr(&all));
	if (count > used + (verb->operand != NULL))
		return cli_usage_error(options->command, "%s takes no '%s'", name_of(options), words[count - 1]);
	if (verb->operand && *verb->operand != '[' && count == used)
		return cli_usage_error(options->command, "%s %s: which one?", name_of(options), verb->operand);
	options->operand = count > used ? words[used] : NULL;
	return CLI_OK;
}

static int refuse(const struct operator_options *options, const char *option)
{
	cleanup_arena arena = ARENA_INIT;
	const struct operator_verb *verb = options->verb;
	const char *all = arena_printf(&arena, "%s%sjson dev c", verb->options ? verb->options : "", verb->options ? " " : "");
	return cli_refuse(options->command, name_of(options), all ? all : "", option);
}

// value NULL: there is none.
static int check_value(const char *command, const char *option, const char *value, const char *one_of, const char *(*wants)(const char *text))
{
	const char *wanted = value && wants ? wants(value) : NULL;
	if (wanted)
		return cli_usage_error(command, "%s must be %s, and '%s' is not", option, wanted, value);
	if (value && one_of && !cli_reads(one_of, value))
		return cli_usage_error(command, "%s '%s' is none of %s", option, value, one_of);
	return CLI_OK;
}

static int check_own(const struct operator_options *options, const struct operator_own *own)
{
	cleanup_arena arena = ARENA_INIT;
	const char *option = arena_printf(&arena, "--%s", own->name);
	int code = own->text ? check_value(options->command, option, *own->text, own->one_of, own->wants) : CLI_OK;
	for (size_t i = 0; !code && own->texts && i < own->texts->count; i++)
		code = check_value(options->command, option, own->texts->list[i], own->one_of, own->wants);
	return code;
}

static int check_values(const struct line *line)
{
	const struct operator_verb *verb = line->options->verb;
	int code = check_value(line->options->command, "--after", line->options->after, NULL, verb->after);
	if (!code)
		code = check_value(line->options->command, verb->operand, line->options->operand, NULL, verb->about);
	for (size_t i = 0; !code && i < OWN_MAX && line->own[i].name; i++)
		code = line->given[i] ? check_own(line->options, &line->own[i]) : CLI_OK;
	return code;
}

static int check_given(const struct line *line)
{
	const struct operator_verb *verb = line->options->verb;
	if (line->after && !cli_reads(verb->options, "after"))
		return refuse(line->options, "after");
	if (line->limit && !cli_reads(verb->options, "limit"))
		return refuse(line->options, "limit");
	for (size_t i = 0; i < OWN_MAX && line->own[i].name; i++)
		if (line->given[i] && !cli_reads(verb->options, line->own[i].name))
			return refuse(line->options, line->own[i].name);
	return check_values(line);
}

int operator_run(struct operator_options *options, const struct operator_own *own, const struct operator_verb *verbs, const char *help_text, int argc, char **argv)
{
	struct line line = {.options = options, .own = own, .argv = argv};
	int code = take_all(&line, argc);
	if (!code && line.help) {
		(void)fputs(help_text, stdout);
		return CLI_OK;
	}
	if (!code)
		code = find_verb(options, verbs, argv + optind, argc - optind);
	if (!code)
		code = check_given(&line);
	return code ? code : options->verb->run(options);
}
