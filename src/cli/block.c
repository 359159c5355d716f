// xica block: public keys that are never certified again; names and networks that the CA wants nothing to do with. The list is in block_list.c.
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/hex.h"
#include "cli/block.h"
#include "cli/cli.h"
#include "cli/operator.h"
#include "cli/operator_values.h"
#include "crypto/digest.h"
#include "pki/certificate.h"
#include "pki/pem.h"

static const char HELP[] =
	"Usage: xica block add --spki HEX | --cert FILE [--reason TEXT]\n"
	"       xica block add --name NAME [--below] | --address ADDRESS[/BITS] [--reason TEXT]\n"
	"       xica block remove --name NAME | --address ADDRESS[/BITS]\n"
	"       xica block list [--keys] [--names] [--addresses] [--after TEXT] [--limit N]\n"
	"\n"
	"A blocked key gets no certificate and opens no account. Certificates that it has already stay good: xica cert revoke.\n"
	"Nothing takes it off the list. A blocked name gets no certificate; requests from a blocked address or network are not answered, but\n"
	"for the status of certificates.\n"
	"\n"
	"  --spki HEX    the key: SHA-256 of its SubjectPublicKeyInfo\n"
	"  --cert FILE   the key of this certificate (PEM or DER)\n"
	"  --name NAME   this domain name, and wildcards that would cover it\n"
	"  --below       and all names below it; a block that is there is never narrowed: remove it first\n"
	"  --address A   an address, or a network: 192.0.2.0/24, 2001:db8::/48\n"
	"  --keys, --names, --addresses  list these alone\n"
	"  --reason TEXT for whoever reads the list\n"
	"  --after TEXT  the next page: as the list before said\n"
	"  --limit N     how many to list (100)\n" OPERATOR_HELP;

struct options {
	struct operator_options common;
	const char *spki, *certificate, *reason, *name, *address;
	struct block_kinds kinds;
	bool below;
};

// The digest of the certificate's key, in hexadecimal. Says what is wrong.
static int digest_of_file(const char *file, struct buf *hex)
{
	cleanup_buf text = BUF_INIT, der = BUF_INIT;
	struct pki_certificate certificate;
	uint8_t digest[CRYPTO_SHA256_LEN];
	const char *why = "it is none";
	errno = 0;
	int error = file_read(file, PKI_CERTIFICATE_MAX_LEN * 2, &text);
	if (error)
		return cli_failed("block", "%s can't be read: %s", file, errno ? strerror(errno) : xica_strerror(error));
	struct view cursor = buf_view(&text);
	bool pem = pem_read(&cursor, PEM_CERTIFICATE, &der) == XICA_OK;
	if (pki_certificate_parse(pem ? buf_view(&der) : buf_view(&text), &certificate, &why))
		return cli_failed("block", "%s is no certificate: %s", file, why);
	if ((error = crypto_sha256(certificate.spki, digest)))
		return cli_failed("block", "%s", xica_strerror(error));
	hex_encode(hex, view_bytes(digest, sizeof(digest)));
	return CLI_OK;
}

static void print_added(const json_t *answer)
{
	const json_t *serials = json_object_get(answer, "certificates");
	printf("%s is %s.\n", operator_text(answer, "spki_sha256"), json_is_true(json_object_get(answer, "added")) ? "blocked" : "blocked already");
	if (json_array_size(serials))
		printf("There are certificates for it: xica cert revoke --key %s --reason keyCompromise\n", json_string_value(json_array_get(serials, 0)));
}

// A block that was there is never narrowed.
static void print_block(const json_t *block)
{
	const char *value = operator_text(block, "value"), *reason = operator_text(block, "reason");
	bool below = json_is_true(json_object_get(block, "below")), added = json_is_true(json_object_get(block, "added"));
	printf("%s%s is blocked%s%s%s.\n", value, below ? " with all below it" : "", added ? "" : " already", *reason ? ": " : "", reason);
}

static void print_name_alone(const json_t *block)
{
	print_block(block);
	if (json_is_true(json_object_get(block, "below")))
		printf("To block it without those below it, take that away first: xica block remove --name %s\n", operator_text(block, "value"));
}

static void print_removed(const json_t *answer)
{
	printf("%s is blocked no more.\n", operator_text(answer, "value"));
}

static int add_name_or_address(const struct options *options)
{
	json_t *question = json_pack("{s:s, s:s*, s:s*, s:s*}", "command", options->name ? "block-name" : "block-address", "name", options->name, "address", options->address,
				     "reason", options->reason);
	if (options->below)
		(void)json_object_set_new(question, "below", json_true());
	return operator_show(&options->common, question, options->name && !options->below ? print_name_alone : print_block);
}

static int remove_one(const void *command)
{
	const struct options *options = command;
	if (!options->name == !options->address)
		return cli_usage_error("block", "say what: --name NAME or --address ADDRESS; keys stay");
	return operator_show(&options->common, json_pack("{s:s, s:s*, s:s*}", "command", "unblock", "name", options->name, "address", options->address), print_removed);
}

static int add(const void *command)
{
	const struct options *options = command;
	cleanup_buf hex = BUF_INIT;
	if (!!options->spki + !!options->certificate + !!options->name + !!options->address != 1)
		return cli_usage_error("block", "say what: --spki HEX, --cert FILE, --name NAME or --address ADDRESS");
	if (options->below && !options->name)
		return cli_usage_error("block", "--below goes with --name");
	if (options->name || options->address)
		return add_name_or_address(options);
	if (options->certificate) {
		int code = digest_of_file(options->certificate, &hex);
		if (code)
			return code;
	} else {
		buf_add_str(&hex, options->spki);
	}
	return operator_show(&options->common, json_pack("{s:s, s:s, s:s}", "command", "block-add", "spki", buf_cstr(&hex), "reason",
							 options->reason ? options->reason : ""), print_added);
}

static int list(const void *command)
{
	const struct options *options = command;
	return block_verb_list(&options->common, &options->kinds);
}

static const struct operator_verb VERBS[] = {
	{"add", NULL, "spki cert name below address reason", add},
	{"remove", NULL, "name address", remove_one},
	{"list", NULL, "keys names addresses after limit", list, .after = block_wants_cursor},
	{NULL},
};

int cli_block(int argc, char **argv)
{
	struct options options = {.common = {.command = "block"}};
	const struct operator_own own[] = {{"spki", .text = &options.spki, .wants = operator_wants_digest}, {"cert", .text = &options.certificate},
					   {"reason", .text = &options.reason},
					   {"name", .text = &options.name, .wants = operator_wants_domain}, {"below", .flag = &options.below},
					   {"address", .text = &options.address, .wants = operator_wants_network},
					   {"keys", .flag = &options.kinds.keys}, {"names", .flag = &options.kinds.names}, {"addresses", .flag = &options.kinds.addresses}, {NULL}};
	return operator_run(&options.common, own, VERBS, HELP, argc, argv);
}
