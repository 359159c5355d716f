// What cert.c and cert_revoke.c share.
#pragma once
#include "cli/operator.h"

struct cert_options {
	struct operator_options common;
	const char *name, *serial, *key, *reason;
	json_int_t account; // 0: none
	bool yes, pem;
};

// Returns an exit code (cli.h).
int cert_verb_revoke(const struct cert_options *options);
