// Between the files of xica audit: one file a verb.
#pragma once
#include "cli/operator.h"

struct audit_options {
	struct operator_options common;
	bool seals; // what can't be said of all seals is not right
};

// The verbs get their struct audit_options, and return an exit code (cli.h).
int audit_verb_verify(const void *command); // operand: the log; NULL: the one of the configuration
int audit_verb_certificates(const void *command);
