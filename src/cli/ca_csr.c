// xica ca csr and xica ca import: an intermediate under somebody else's root.
#include <stdio.h>

#include "base/file.h"
#include "cli/ca.h"
#include "config/ca_import.h"
#include "pki/pem.h"

enum { CHAIN_MAX_LEN = 1 << 20 };

static int write_out(const char *path, struct view pem)
{
	if (!path)
		return fwrite(pem.ptr, 1, pem.len, stdout) == pem.len ? XICA_OK : XICA_EIO;
	return file_replace(path, 0644, pem);
}

int ca_verb_csr(const struct ca_options *options, char **words, int count)
{
	struct ca_init init = ca_init_of(options);
	cleanup_buf csr = BUF_INIT, pem = BUF_INIT, why = BUF_INIT;
	if (count)
		return cli_usage_error("ca csr", "what is '%s'?", words[0]);
	if (options->issuer && (options->name || options->key_type_given || options->http_url))
		return cli_usage_error("ca csr", "the request of an --issuer that there is has its name, key and URLs: --name, --key-type and --http-url go without it");
	int error = ca_request(&init, options->issuer, &csr, &why);
	pem_write(&pem, PEM_REQUEST, buf_view(&csr));
	if (!error)
		error = buf_error(&pem);
	if (!error)
		error = write_out(options->out, buf_view(&pem));
	return error ? cli_failed("ca csr", "%s", why.len ? buf_cstr(&why) : xica_strerror(error)) : CLI_OK;
}

int ca_verb_import(const struct ca_options *options, char **words, int count)
{
	cleanup_buf pem = BUF_INIT, why = BUF_INIT;
	if (count != 1)
		return cli_usage_error("ca import", "name one file with the chain: the intermediate first, the root last");
	int error = file_read(words[0], CHAIN_MAX_LEN, &pem);
	if (error)
		return cli_failed("ca import", "%s: %s", words[0], xica_strerror(error));
	error = ca_import(options->dir, buf_view(&pem), options->make_default, clock_now(), &why);
	if (error)
		return cli_failed("ca import", "%s", why.len ? buf_cstr(&why) : xica_strerror(error));
	ca_note(options, "import", NULL);
	return ca_verb_show(options, NULL, 0);
}
