// xica block list: keys, names and networks, one after the other. A page may end in any of them: its cursor is "names:bad.example".
#include <stdio.h>
#include <string.h>

#include "cli/block.h"
#include "cli/cli.h"

struct part {
	const char *name, *command, *kind, *member; // kind NULL: the command has none
	void (*print)(const json_t *element);
};

static void print_key(const json_t *key)
{
	printf("%s  %s  %s\n", operator_text(key, "spki_sha256"), operator_text(key, "time"), operator_text(key, "reason"));
}

static void print_block(const json_t *block)
{
	const char *reason = operator_text(block, "reason");
	printf("%s%s  %s  by %s%s%s\n", operator_text(block, "value"), json_is_true(json_object_get(block, "below")) ? " and all below" : "", operator_text(block, "time"),
	       operator_text(block, "by"), *reason ? ": " : "", reason);
}

static const struct part PARTS[] = {{"keys", "block-list", NULL, "keys", print_key},
				    {"names", "blocks", "name", "blocks", print_block},
				    {"addresses", "blocks", "address", "blocks", print_block}};
enum { PART_COUNT = sizeof(PARTS) / sizeof(PARTS[0]) };

struct listing {
	const struct operator_options *options;
	bool wanted[PART_COUNT];
	json_t *lists[PART_COUNT]; // NULL: the page begins behind it, or ended before
	size_t left;               // of the page
	json_t *next;              // the cursor; NULL: there is no more
};

// Which part a cursor is of, and what stands behind its name; PART_COUNT: it is none.
static size_t part_of(const char *cursor, const char **ret_value)
{
	size_t i = 0;
	for (; i < PART_COUNT; i++) {
		size_t len = strlen(PARTS[i].name);
		if (strncmp(cursor, PARTS[i].name, len) != 0 || cursor[len] != ':')
			continue;
		*ret_value = cursor + len + 1;
		break;
	}
	return i;
}

const char *block_wants_cursor(const char *text)
{
	const char *value;
	return part_of(text, &value) == PART_COUNT ? "what a list before said" : NULL;
}

// The part's elements behind *next, as many as the page has room for; where it has none, whether there is any.
static int collect(struct listing *listing, size_t part, json_t *next)
{
	json_t *question = json_pack("{s:s, s:s*}", "command", PARTS[part].command, "kind", PARTS[part].kind), *list = json_array();
	int code = operator_collect(listing->options, question, PARTS[part].member, listing->left ? listing->left : 1, list, &next);
	if (!code && !listing->left && json_array_size(list))
		listing->next = json_sprintf("%s:", PARTS[part].name);
	else if (!code && next)
		listing->next = json_sprintf("%s:%s", PARTS[part].name, json_string_value(next));
	if (!code && listing->left) {
		listing->left -= json_array_size(list);
		listing->lists[part] = json_incref(list);
	}
	json_decref(list);
	json_decref(next);
	json_decref(question);
	return code;
}

static int collect_all(struct listing *listing)
{
	const char *value = "";
	size_t first = listing->options->after ? part_of(listing->options->after, &value) : listing->wanted[0] ? 0 : listing->wanted[1] ? 1 : 2;
	int code = CLI_OK;
	if (!listing->wanted[first])
		return cli_usage_error("block", "--after %s goes on in what --%s lists", listing->options->after, PARTS[first].name);
	for (size_t i = first; !code && !listing->next && i < PART_COUNT; i++)
		if (listing->wanted[i])
			code = collect(listing, i, i == first && *value ? json_string(value) : NULL);
	return code;
}

static void tell_json(const struct listing *listing)
{
	json_t *all = json_object();
	for (size_t i = 0; i < PART_COUNT; i++)
		if (listing->wanted[i])
			(void)json_object_set_new(all, PARTS[i].name, listing->lists[i] ? json_incref(listing->lists[i]) : json_array());
	(void)json_object_set_new(all, "next", listing->next ? json_incref(listing->next) : json_null());
	operator_print_json(all);
	json_decref(all);
}

static void tell(const struct listing *listing)
{
	size_t total = 0, i, n;
	const json_t *element;
	for (i = 0; i < PART_COUNT; i++) {
		if (json_array_size(listing->lists[i]))
			printf("%sBlocked %s:\n", total ? "\n" : "", PARTS[i].name);
		total += json_array_size(listing->lists[i]);
		json_array_foreach(listing->lists[i], n, element)
			PARTS[i].print(element);
	}
	if (!total)
		(void)puts("Nothing of that is blocked.");
	if (listing->next)
		printf("There is more: --after %s\n", json_string_value(listing->next));
}

int block_verb_list(const struct operator_options *options, const struct block_kinds *kinds)
{
	bool all = !kinds->keys && !kinds->names && !kinds->addresses;
	struct listing listing = {.options = options, .wanted = {all || kinds->keys, all || kinds->names, all || kinds->addresses},
				  .left = options->limit ? options->limit : OPERATOR_LIST_DEFAULT};
	int code = collect_all(&listing);
	if (!code && options->json)
		tell_json(&listing);
	else if (!code)
		tell(&listing);
	for (size_t i = 0; i < PART_COUNT; i++)
		json_decref(listing.lists[i]);
	json_decref(listing.next);
	return code;
}
