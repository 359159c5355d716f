// What block.c and block_list.c share.
#pragma once
#include "cli/operator.h"

struct block_kinds { // that are listed; none: all
	bool keys, names, addresses;
};

int block_verb_list(const struct operator_options *options, const struct block_kinds *kinds); // an exit code (cli.h)
const char *block_wants_cursor(const char *text);                                             // operator_values.h
