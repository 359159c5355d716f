// xica ca crl: the root's own revocation list.
#include <stdio.h>
#include <string.h>

#include "cli/ca_root_key.h"
#include "pki/crl.h"

static int find_reason(const char *text, unsigned *ret_reason)
{
	static const struct {
		const char *name;
		enum pki_reason reason;
	} REASONS[] = {{"superseded", PKI_REASON_SUPERSEDED}, {"key-compromise", PKI_REASON_KEY_COMPROMISE},
		{"ca-compromise", PKI_REASON_CA_COMPROMISE}, {"cessation", PKI_REASON_CESSATION_OF_OPERATION}};
	for (size_t i = 0; i < sizeof(REASONS) / sizeof(REASONS[0]); i++)
		if (!strcmp(text, REASONS[i].name)) {
			*ret_reason = REASONS[i].reason;
			return XICA_OK;
		}
	return XICA_ENOTFOUND;
}

int ca_verb_crl(const struct ca_options *options, char **words, int count)
{
	struct ca_root_key key;
	struct ca_init init = ca_init_of(options);
	cleanup_buf why = BUF_INIT;
	unsigned reason = PKI_REASON_SUPERSEDED;
	if (count)
		return cli_usage_error("ca crl", "what is '%s'?", words[0]);
	if (options->reason && find_reason(options->reason, &reason))
		return cli_usage_error("ca crl", "there is no reason '%s': superseded, key-compromise, ca-compromise, cessation", options->reason);
	if (options->reason && !options->revoke)
		return cli_usage_error("ca crl", "--reason goes with --revoke");
	int result = ca_root_key_get(options, CA_ROOT_KEY_OPEN, &key);
	if (result)
		return result;
	ca_root_key_put(&key, &init);
	int error = ca_init_crl(&init, options->revoke, reason, &why);
	ca_root_key_free(&key);
	if (error)
		return cli_failed("ca crl", "%s", why.len ? buf_cstr(&why) : xica_strerror(error));
	ca_note(options, options->revoke ? "revoke" : "crl", options->revoke);
	(void)puts("The root's revocation list is good for another 400 days. xicad publishes it once it is reloaded (SIGHUP) or started again.");
	return CLI_OK;
}
