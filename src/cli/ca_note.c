// What was done to the CA's folder, told to the xicad that runs with it, for its audit log. Where none runs, or the folder was named alone (a ceremony off-line), the line with
// which its signer begins next says what the folder holds (role/signer/start.c).
#include <stdio.h>

#include "cli/ca.h"
#include "cli/operator.h"

void ca_note(const struct ca_options *options, const char *act, const char *id)
{
	const struct operator_options place = {.command = "ca", .dev_dir = options->dev_dir, .config_file = options->config_file};
	cleanup_buf why = BUF_INIT;
	json_t *answer = NULL;
	if (!options->config_file && !options->dev_dir)
		return;
	int error = operator_try(&place, json_pack("{s:s, s:s, s:s*}", "command", "ca-changed", "act", act, "id", id), &answer, &why);
	json_decref(answer);
	if (error && error != XICA_EIO && error != XICA_ENOTFOUND) // it is done, and only not noted
		fprintf(stderr, "xica ca: the audit log has no line of this: %s\n", why.len ? buf_cstr(&why) : xica_strerror(error));
}
