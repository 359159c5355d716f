// What the operator's commands (account, block, cert, health, mail, order, person) have in common: where xicad is, asking it, lists in pages, printing.
#pragma once
#include <jansson.h>
#include <stdbool.h>

#include "base/arena.h"

enum { OPERATOR_LIST_DEFAULT = 100 };

struct operator_options {
	const char *command;     // "cert": for messages
	const char *dev_dir, *config_file;
	bool json;
	const char *after;       // of lists: the cursor; NULL: from the beginning
	unsigned long limit;     // 0: OPERATOR_LIST_DEFAULT
};

#define OPERATOR_HELP                                                                                                     \
	"  --json        print JSON\n"                                                                                        \
	"  -c FILE       the configuration of the xicad to talk to (" XICA_SYSCONFDIR "/xica/xicad.conf)\n"                   \
	"  --dev DIR     the folder of the xicad --dev to talk to\n"                                                          \
	"\n"                                                                                                                  \
	"Exit code: 0 done, 1 not done, 2 not understood.\n"

// The options of all of them, for getopt_long: with 'c' among the short ones. operator_option takes what it answered; false: not one of these.
#define OPERATOR_LONG_OPTIONS                                                                                             \
	{"dev", required_argument, NULL, 'd'}, {"json", no_argument, NULL, 'j'}, {"after", required_argument, NULL, 'A'}, \
	{"limit", required_argument, NULL, 'L'}
bool operator_option(struct operator_options *options, int c, const char *argument);
bool operator_options_good(const struct operator_options *options); // after all are taken: is the limit a number?

// Asks xicad; takes question's reference. All of these return an exit code (cli.h), and say on standard error what went wrong.
int operator_ask(const struct operator_options *options, json_t *question, json_t **ret_answer);
// Asks, and prints the answer: as JSON, or by print.
int operator_show(const struct operator_options *options, json_t *question, void (*print)(const json_t *answer));
// A list, packet by packet, up to the limit: print gets each element, where empty is said when there is none, and last comes how to go on.
int operator_list(const struct operator_options *options, json_t *question, const char *member, void (*print)(const json_t *element), const char *empty);

void operator_print_json(const json_t *value);
const char *operator_text(const json_t *object, const char *member); // "": not there
long long operator_number(const json_t *object, const char *member);
// A positive number. False: it isn't one.
bool operator_parse_id(const char *text, json_int_t *ret_id);
// A name as certificates carry it: lower case, A-labels. In arena; NULL: it can't be one.
const char *operator_name(const char *text, struct arena *arena);
