// What cert.c, cert_revoke.c and cert_renew_now.c share.
#pragma once
#include "cli/operator.h"

struct cert_options {
	struct operator_options common;
	const char *serial, *key, *reason, *issuer, *explanation;
	const char *csr, *profile, *status, *since, *until, *expires_before;
	struct operator_texts names;
	json_int_t account; // 0: none
	bool yes, pem, withdraw;
};

// These return an exit code (cli.h). The verbs get their struct cert_options.
int cert_verb_issue(const void *command);
int cert_verb_revoke(const void *command);
int cert_verb_renew_now(const void *command);
// The one --name of a verb that takes one, as certificates carry it; in arena. NULL: there is none.
int cert_name(const struct cert_options *options, struct arena *arena, const char **ret_name);
