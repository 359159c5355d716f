#include "cli/operator.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/control.h"
#include "cli/place.h"
#include "pki/names.h"

// --- what is asked about

bool operator_parse_id(const char *text, json_int_t *ret_id)
{
	char *end = NULL;
	errno = 0;
	long long number = strtoll(text, &end, 10);
	if (!isdigit((unsigned char)*text) || *end || errno || number < 1)
		return false;
	*ret_id = number;
	return true;
}

static const char *lower_case(struct view name, struct arena *arena)
{
	char *lower = arena_strdup(arena, name);
	for (char *at = lower; at && *at; at++) {
		*at = (char)tolower((unsigned char)*at);
		if (!isalnum((unsigned char)*at) && !strchr("-._*", *at))
			return NULL;
	}
	return lower;
}

const char *operator_name(const char *text, struct arena *arena)
{
	const struct view star = VIEW_LIT("*.");
	struct view name = view_str(text), ascii;
	bool wildcard = view_starts(name, star), plain = name.len > 0; // nothing is no name, as pki_name_to_ascii says
	for (size_t i = 0; i < name.len; i++)
		plain = plain && name.ptr[i] < 0x80;
	if (plain)
		return lower_case(name, arena);
	if (pki_name_to_ascii(wildcard ? view_sub(name, star.len, SIZE_MAX) : name, arena, &ascii))
		return NULL;
	return arena_printf(arena, "%s%.*s", wildcard ? "*." : "", VIEW_FMT(ascii));
}

// --- asking

int operator_try(const struct operator_options *options, json_t *question, json_t **ret_answer, struct buf *why)
{
	cleanup_buf path = BUF_INIT;
	int error = question ? cli_place_find(CLI_CONTROL_SOCKET, options->dev_dir, options->config_file, &path, why) : XICA_ENOMEM;
	if (!error)
		error = control_ask(buf_cstr(&path), question, ret_answer, why);
	json_decref(question);
	return error;
}

int operator_ask(const struct operator_options *options, json_t *question, json_t **ret_answer)
{
	cleanup_buf why = BUF_INIT;
	int error = operator_try(options, question, ret_answer, &why);
	return error ? cli_failed(options->command, "%s", why.len ? buf_cstr(&why) : xica_strerror(error)) : CLI_OK;
}

int operator_show(const struct operator_options *options, json_t *question, void (*print)(const json_t *answer))
{
	json_t *answer = NULL;
	int code = operator_ask(options, question, &answer);
	if (code)
		return code;
	if (options->json)
		operator_print_json(answer);
	else
		print(answer);
	json_decref(answer);
	return CLI_OK;
}

// The next portion, of at most so many elements, behind *next; both are changed.
static int collect_portion(const struct operator_options *options, json_t *question, const char *member, size_t limit, json_t *list, json_t **next)
{
	json_t *answer = NULL;
	(void)json_object_set_new(question, "limit", json_integer((json_int_t)limit));
	if (*next)
		(void)json_object_set(question, "after", *next);
	int code = operator_ask(options, json_incref(question), &answer);
	if (code)
		return code;
	(void)json_array_extend(list, json_object_get(answer, member));
	json_decref(*next);
	*next = json_incref(json_object_get(answer, "next"));
	json_decref(answer);
	return CLI_OK;
}

// A page that is full ends with a cursor whether there is more or not: *next becomes NULL where nothing is behind it.
static int look_behind(const struct operator_options *options, json_t *question, const char *member, json_t **next)
{
	json_t *list = json_array(), *behind = json_incref(*next);
	int code = CLI_OK;
	while (!code && behind && !json_array_size(list))
		code = collect_portion(options, question, member, 1, list, &behind);
	if (!json_array_size(list)) {
		json_decref(*next);
		*next = NULL;
	}
	json_decref(behind);
	json_decref(list);
	return code;
}

int operator_collect(const struct operator_options *options, json_t *question, const char *member, size_t limit, json_t *list, json_t **next)
{
	size_t end = json_array_size(list) + limit;
	int code;
	do
		code = collect_portion(options, question, member, end - json_array_size(list), list, next);
	while (!code && *next && json_array_size(list) < end);
	return !code && *next ? look_behind(options, question, member, next) : code;
}

static void print_list(const char *head, const json_t *list, const json_t *next, void (*print)(const json_t *element), const char *empty)
{
	const json_t *element;
	size_t i;
	if (!json_array_size(list))
		(void)puts(empty);
	else if (head)
		(void)puts(head);
	json_array_foreach(list, i, element)
		print(element);
	if (json_is_integer(next))
		printf("There is more: --after %lld\n", (long long)json_integer_value(next));
	else if (next)
		printf("There is more: --after %s\n", json_string_value(next));
}

// People go by addresses where the beginning of one is asked for; no address is a number.
static bool goes_by_numbers(const char *member)
{
	return !strcmp(member, "accounts") || !strcmp(member, "people") || !strcmp(member, "orders") || !strcmp(member, "letters");
}

int operator_list(const struct operator_options *options, json_t *question, const char *member, void (*print)(const json_t *element), const char *empty)
{
	json_t *list = json_array(), *next = NULL;
	json_int_t number;
	if (options->after) // a number where the list goes by numbers
		next = goes_by_numbers(member) && operator_parse_id(options->after, &number) ? json_integer(number) : json_string(options->after);
	int code = operator_collect(options, question, member, options->limit ? options->limit : OPERATOR_LIST_DEFAULT, list, &next);
	if (!code && options->json) {
		json_t *all = json_pack("{s:O, s:O?}", member, list, "next", next);
		operator_print_json(all);
		json_decref(all);
	} else if (!code) {
		print_list(options->verb->head, list, next, print, empty);
	}
	json_decref(next);
	json_decref(list);
	json_decref(question);
	return code;
}

// --- printing

void operator_print_json(const json_t *value)
{
	(void)json_dumpf(value, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
	(void)puts("");
}

const char *operator_text(const json_t *object, const char *member)
{
	const char *text = json_string_value(json_object_get(object, member));
	return text ? text : "";
}

long long operator_number(const json_t *object, const char *member)
{
	return (long long)json_integer_value(json_object_get(object, member));
}

const char *operator_account(const json_t *object, struct arena *arena)
{
	long long account = operator_number(object, "account");
	const char *text = account ? arena_printf(arena, "account %lld", account) : "no account";
	return text ? text : "";
}
