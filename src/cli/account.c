// xica account: ACME accounts, and external account keys (RFC 8555 §7.3.4), asked of a running xicad.
#include <stdio.h>

#include "cli/cli.h"
#include "cli/operator.h"
#include "cli/operator_values.h"

static const char HELP[] =
	"Usage: xica account list [FILTER...] [--after ID] [--limit N]\n"
	"       xica account show ID\n"
	"       xica account suspend ID\n"
	"       xica account resume ID\n"
	"       xica account eab create [--note TEXT]\n"
	"       xica account eab list [--after KID] [--limit N]\n"
	"       xica account eab revoke KID\n"
	"\n"
	"A suspended account can do nothing until it is resumed; its certificates stay good (xica cert revoke --account ID).\n"
	"External account keys open ACME accounts where the CA asks for one. Each opens one account.\n"
	"\n"
	"list: the oldest first; filters join.\n"
	"\n"
	"  --status WORD valid, deactivated (by its holder), suspended\n"
	"  --name NAME   that have or had a certificate with exactly this name (a domain, *.domain, or an SRVName)\n"
	"  --contact TEXT  with this in one of their contacts: an address, or a part of one\n"
	"  --person N    of this person on the web site (xica person list)\n"
	"  --eab KID     opened by this external account key\n"
	"  --thumbprint T  whose key has this thumbprint (RFC 7638), as it stands in proofs\n"
	"  --since TIME, --until TIME  opened at this time or after it; before it. 2026-05-04, or 2026-05-04T03:02:01Z\n"
	"  --note TEXT   for whom the key is; shown by list\n"
	"  --after ...   the next page: as the list before said\n"
	"  --limit N     how many to list (100)\n" OPERATOR_HELP;

struct options {
	struct operator_options common;
	const char *note, *status, *since, *until, *name, *contact, *eab_kid, *thumbprint;
	json_int_t person; // 0: whoever's
};

// --- external account keys

static void print_created(const json_t *answer)
{
	const char *kid = operator_text(answer, "kid"), *key = operator_text(answer, "hmac_key");
	printf("Key identifier: %s\nHMAC key:       %s\n\n", kid, key);
	printf("certbot:  --eab-kid %s --eab-hmac-key %s\n", kid, key);
	printf("lego:     --eab --kid %s --hmac %s\n", kid, key);
	(void)puts("\nThe HMAC key is shown this once. It opens one account.");
}

static void print_key(const json_t *key)
{
	cleanup_arena arena = ARENA_INIT;
	printf("%-18s %-8s %s  %-14s %s\n", operator_text(key, "kid"), operator_text(key, "state"), operator_text(key, "created"), operator_account(key, &arena),
	       operator_text(key, "note"));
}

static void print_revoked(const json_t *answer)
{
	printf("%s is revoked; an account that it opened stays.\n", operator_text(answer, "kid"));
}

static int eab_create(const void *command)
{
	const struct options *options = command;
	return operator_show(&options->common, json_pack("{s:s, s:s}", "command", "eab-create", "note", options->note ? options->note : ""), print_created);
}

static int eab_list(const void *command)
{
	return operator_list(command, json_pack("{s:s}", "command", "eab-list"), "keys", print_key, "There are no external account keys: xica account eab create");
}

static int eab_revoke(const void *command)
{
	const struct operator_options *common = command;
	return operator_show(common, json_pack("{s:s, s:s}", "command", "eab-revoke", "kid", common->operand), print_revoked);
}

// --- accounts

static void print_contacts(const json_t *account)
{
	const json_t *contact;
	size_t i;
	json_array_foreach(json_object_get(account, "contacts"), i, contact)
		printf("%s%s", i ? ", " : "", json_string_value(contact) ? json_string_value(contact) : "?");
	(void)puts("");
}

static void print_line(const json_t *account)
{
	printf("%-8lld %-12s %s  ", operator_number(account, "id"), operator_text(account, "status"), operator_text(account, "created"));
	print_contacts(account);
}

static void print_account(const json_t *account)
{
	const json_t *change;
	size_t i;
	printf("Account %lld: %s\n", operator_number(account, "id"), operator_text(account, "status"));
	printf("    opened        %s\n    contacts      ", operator_text(account, "created"));
	print_contacts(account);
	printf("    terms agreed  %s\n", *operator_text(account, "terms_agreed") ? operator_text(account, "terms_agreed") : "no");
	if (*operator_text(account, "eab_kid"))
		printf("    opened by     the external account key %s\n", operator_text(account, "eab_kid"));
	printf("    thumbprint    %s\n", operator_text(account, "thumbprint"));
	json_array_foreach(json_object_get(account, "key_changes"), i, change)
		printf("    %s until %s\n", operator_text(change, "old_thumbprint"), operator_text(change, "time"));
}

static void print_suspended(const json_t *account)
{
	printf("Account %lld is suspended. Its certificates stay good: xica cert revoke --account %lld revokes them.\n", operator_number(account, "id"),
	       operator_number(account, "id"));
}

static void print_resumed(const json_t *account)
{
	printf("Account %lld is good again.\n", operator_number(account, "id"));
}

static int list(const void *command)
{
	const struct options *options = command;
	cleanup_arena arena = ARENA_INIT;
	const char *name = options->name ? operator_name(options->name, &arena) : NULL;
	json_t *question = json_pack("{s:s, s:s*, s:s*, s:s*, s:s*, s:s*, s:s*, s:s*}", "command", "account-list", "status", options->status, "since", options->since,
				     "until", options->until, "name", name, "contact", options->contact, "eab_kid", options->eab_kid, "thumbprint", options->thumbprint);
	if (options->person)
		(void)json_object_set_new(question, "person", json_integer(options->person));
	return operator_list(&options->common, question, "accounts", print_line, "There are no such accounts.");
}

static int of_one(const struct operator_options *options, const char *question, void (*print)(const json_t *answer))
{
	json_int_t id;
	if (!operator_parse_id(options->operand, &id))
		return cli_usage_error("account", "'%s' is no account's number", options->operand);
	return operator_show(options, json_pack("{s:s, s:I}", "command", question, "account", id), print);
}

static int show(const void *command)
{
	return of_one(command, "account-show", print_account);
}

static int suspend(const void *command)
{
	return of_one(command, "account-suspend", print_suspended);
}

static int resume(const void *command)
{
	return of_one(command, "account-resume", print_resumed);
}

static const struct operator_verb VERBS[] = {
	{"list", NULL, "status name contact person eab thumbprint since until after limit", list, .after = operator_wants_number},
	{"show", "ID", NULL, show},
	{"suspend", "ID", NULL, suspend},
	{"resume", "ID", NULL, resume},
	{"eab create", NULL, "note", eab_create},
	{"eab list", NULL, "after limit", eab_list},
	{"eab revoke", "KID", NULL, eab_revoke},
	{NULL},
};

int cli_account(int argc, char **argv)
{
	struct options options = {.common = {.command = "account"}};
	const struct operator_own own[] = {
		{"status", .text = &options.status, .one_of = "valid deactivated suspended"}, {"since", .text = &options.since, .wants = operator_wants_time},
		{"until", .text = &options.until, .wants = operator_wants_time}, {"name", .text = &options.name, .wants = operator_wants_name},
		{"contact", .text = &options.contact, .wants = operator_wants_something}, {"person", .id = &options.person},
		{"eab", .text = &options.eab_kid, .wants = operator_wants_something}, {"thumbprint", .text = &options.thumbprint, .wants = operator_wants_thumbprint},
		{"note", .text = &options.note}, {NULL}};
	return operator_run(&options.common, own, VERBS, HELP, argc, argv);
}
