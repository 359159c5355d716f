// xica ca init: a root and an intermediate, or another of them beside those that are there.
#include <stdio.h>

#include "cli/ca_root_key.h"

// Only the folder's root key has a name of our making.
static void say_first_steps(const struct ca_options *options)
{
	const char *key = options->root_key ? options->root_key : "keys/root-*.key";
	printf("Done. Now take the root's key off-line: %s%s%s. xicad never needs it, but the next intermediate will.\n"
	       "Peers install the root's certificate: %s/certificates/root-*.pem.\n",
	       options->root_key ? "" : options->dir, options->root_key ? "" : "/", key, options->dir);
	if (!options->http_url)
		(void)puts("Nothing in the intermediate says where the root's revocation list is: --http-url was not given.");
	(void)puts("");
}

static int finish(const struct ca_options *options, int error, struct buf *why)
{
	if (error)
		return cli_failed("ca init", "%s", why->len ? buf_cstr(why) : xica_strerror(error));
	if (options->new_intermediate || options->new_root)
		ca_note(options, options->new_root ? "new-root" : "new-intermediate", NULL);
	if (options->new_intermediate || options->new_root)
		(void)puts("Done. xicad issues with the new intermediate once it is reloaded (SIGHUP) or started again; the older one still answers for status.");
	else
		say_first_steps(options);
	return ca_verb_show(options, NULL, 0);
}

static int first(const struct ca_options *options)
{
	struct ca_root_key key;
	struct ca_init init = ca_init_of(options);
	cleanup_buf why = BUF_INIT;
	if (!options->name || !*options->name)
		return cli_usage_error("ca init", "--name is missing: it stands in the certificates' subjects");
	int result = ca_root_key_get(options, CA_ROOT_KEY_NEW, &key);
	if (result)
		return result;
	ca_root_key_put(&key, &init);
	int error = ca_init(&init, &why);
	ca_root_key_free(&key);
	return finish(options, error, &why);
}

static int new_intermediate(const struct ca_options *options)
{
	struct ca_root_key key;
	struct ca_init init = ca_init_of(options);
	cleanup_buf why = BUF_INIT;
	int result = ca_root_key_get(options, CA_ROOT_KEY_OPEN, &key);
	if (result)
		return result;
	ca_root_key_put(&key, &init);
	int error = ca_init_intermediate(&init, &why);
	ca_root_key_free(&key);
	return finish(options, error, &why);
}

static int new_root(const struct ca_options *options)
{
	struct ca_root_key key = {BUF_INIT, BUF_INIT}, old_key = {BUF_INIT, BUF_INIT};
	struct ca_init init = ca_init_of(options), older = ca_init_of(options);
	cleanup_buf why = BUF_INIT;
	int result = options->no_cross ? CLI_OK : ca_root_key_get(options, CA_ROOT_KEY_OPEN_OLD, &old_key);
	if (!result)
		result = ca_root_key_get(options, CA_ROOT_KEY_NEW, &key);
	if (!result) {
		ca_root_key_put(&key, &init);
		ca_root_key_put(&old_key, &older);
		int error = ca_init_root(&init, options->no_cross ? NULL : &older, &why);
		result = finish(options, error, &why);
	}
	ca_root_key_free(&key);
	ca_root_key_free(&old_key);
	return result;
}

int ca_verb_init(const struct ca_options *options, char **words, int count)
{
	if (count)
		return cli_usage_error("ca init", "what is '%s'?", words[0]);
	if (options->new_intermediate && options->new_root)
		return cli_usage_error("ca init", "--new-root makes an intermediate too; say one of the two");
	if (!options->new_root && (options->no_cross || options->old_root_key || options->old_passphrase_file))
		return cli_usage_error("ca init", "--no-cross, --old-root-key and --old-passphrase-file go with --new-root");
	if (options->no_cross && (options->old_root_key || options->old_passphrase_file))
		return cli_usage_error("ca init", "with --no-cross the older root's key has nothing to sign");
	if (options->passphrase_file && options->no_passphrase)
		return cli_usage_error("ca init", "--passphrase-file and --no-passphrase exclude one another");
	if (options->new_intermediate && options->no_passphrase)
		return cli_usage_error("ca init", "--no-passphrase is for a root's key that is made, and --new-intermediate makes none");
	if (options->new_intermediate)
		return new_intermediate(options);
	return options->new_root ? new_root(options) : first(options);
}
