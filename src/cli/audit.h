// Between the files of xica audit: one file a verb.
#pragma once
#include <stdbool.h>

struct audit_options {
	const char *dev_dir, *config_file;
	bool json;
};

int audit_verb_verify(const struct audit_options *options, const char *file); // file: NULL: the one of the configuration
int audit_verb_certificates(const struct audit_options *options);
