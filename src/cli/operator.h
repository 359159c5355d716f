// What the operator's commands (account, block, cert, health, limits, mail, order, person) have in common: where xicad is, asking it, lists in pages, printing.
#pragma once
#include <jansson.h>
#include <stdbool.h>

#include "base/arena.h"
#include "base/buf.h"

enum { OPERATOR_LIST_DEFAULT = 100, OPERATOR_TEXTS_MAX = 100 };

struct operator_verb;

struct operator_options {
	const char *command;     // "cert": for messages
	const char *dev_dir, *config_file;
	bool json;
	const char *after;       // of lists: the cursor; NULL: from the beginning
	unsigned long limit;     // 0: OPERATOR_LIST_DEFAULT
	const struct operator_verb *verb;
	const char *operand;     // what the verb is about; NULL: nothing stands there
};

#define OPERATOR_HELP                                                                                                     \
	"  --json        print JSON\n"                                                                                        \
	"  -c FILE       the configuration of the xicad to talk to (" XICA_SYSCONFDIR "/xica/xicad.conf)\n"                   \
	"  --dev DIR     the folder of the xicad --dev to talk to\n"                                                          \
	"\n"                                                                                                                  \
	"Exit code: 0 done, 1 not done, 2 not understood.\n"

struct operator_texts {
	const char *list[OPERATOR_TEXTS_MAX];
	size_t count;
};

// An option that a command has besides those of all, and where it goes: one of the pointers is set.
struct operator_own {
	const char *name;             // "status": --status
	const char **text;            // wants a value
	bool *flag;                   // wants none
	json_int_t *id;               // wants a number from 1
	struct operator_texts *texts; // wants a value, and may be given more than once
	const char *one_of;           // of a value: words with blanks between; NULL: any
	const char *(*wants)(const char *text); // of a value: operator_values.h; NULL: any
};

// A verb of a command, and what it reads: everything else on its line is refused, so that nothing that somebody said is passed over.
struct operator_verb {
	const char *name;    // "list", "eab create"; "": the command is its own verb; NULL: the end of the table
	const char *operand; // what must stand behind it: "ID"; "[BEGINNING]": may stand there; NULL: nothing
	const char *options; // of the command's own, and "after" and "limit": words with blanks between. --json, --dev and -c are every verb's
	int (*run)(const void *options); // the command's own options, whose first member are the common ones; returns an exit code
	const char *(*after)(const char *text), *(*about)(const char *text); // what --after and the operand must be: operator_values.h; NULL: any
	const char *head; // of a list, for people: what stands in which column; NULL: it is plain
};

// Takes the verb and the options in argv, of those of all commands and own (whose end is {NULL}) those that the verb reads; and runs it with options.
// Or says the help, or what is wrong (operator_options.c).
int operator_run(struct operator_options *options, const struct operator_own *own, const struct operator_verb *verbs, const char *help_text, int argc, char **argv);

// Asks xicad; takes question's reference. XICA_EDENIED: it says no. XICA_EIO: it was not asked. XICA_ECLOSED: it was, and did not answer. why says which, appended.
XICA_MUST_CHECK int operator_try(const struct operator_options *options, json_t *question, json_t **ret_answer, struct buf *why);
// The same. All of these return an exit code (cli.h), and say on standard error what went wrong.
int operator_ask(const struct operator_options *options, json_t *question, json_t **ret_answer);
// Asks, and prints the answer: as JSON, or by print.
int operator_show(const struct operator_options *options, json_t *question, void (*print)(const json_t *answer));
// A list, packet by packet, up to the limit: print gets each element, where empty is said when there is none, and last comes how to go on.
int operator_list(const struct operator_options *options, json_t *question, const char *member, void (*print)(const json_t *element), const char *empty);
// Appends elements, so many at most (1 or more); *next: the cursor, NULL: from the beginning, and afterwards: there are no more.
int operator_collect(const struct operator_options *options, json_t *question, const char *member, size_t limit, json_t *list, json_t **next);

void operator_print_json(const json_t *value);
const char *operator_text(const json_t *object, const char *member); // "": not there
long long operator_number(const json_t *object, const char *member);
// "account 17"; "no account": certificates by an operator's word, and keys that opened none yet. In arena.
const char *operator_account(const json_t *object, struct arena *arena);
// A positive number. False: it isn't one.
bool operator_parse_id(const char *text, json_int_t *ret_id);
// A name as certificates carry it: lower case, A-labels. In arena; NULL: it can't be one.
const char *operator_name(const char *text, struct arena *arena);
