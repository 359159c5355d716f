// What cert.c, cert_revoke.c and cert_renew_now.c share.
#pragma once
#include "cli/operator.h"

struct cert_options {
	struct operator_options common;
	const char *name, *serial, *key, *reason, *issuer, *explanation;
	const char *csr, *profile, *status, *since, *until, *expires_before;
	struct operator_texts names; // every --name; the last one is name
	json_int_t account; // 0: none
	bool yes, pem, withdraw;
};

// Returns an exit code (cli.h).
int cert_verb_issue(const struct cert_options *options);
int cert_verb_revoke(const struct cert_options *options);
int cert_verb_renew_now(const struct cert_options *options);
