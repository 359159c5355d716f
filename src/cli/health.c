// xica health: how a running xicad is.
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/operator.h"

static const char HELP[] =
	"Usage: xica health\n"
	"\n"
	"Shows which of xicad's roles are connected, what is under way and what waits, and until when issuers and revocation lists are good.\n"
	"\n" OPERATOR_HELP;

static void print_role(const char *name, const json_t *peer)
{
	printf("    %-10s %s", name, json_is_true(json_object_get(peer, "connected")) ? "connected" : "NOT CONNECTED");
	if (operator_number(peer, "queued"))
		printf(", %lld bytes unread", operator_number(peer, "queued"));
	(void)puts("");
}

static void print_roles(const json_t *roles)
{
	static const char *const NAMES[] = {"validator", "signer", "mailer", "login"};
	const json_t *front;
	size_t i;
	json_array_foreach(json_object_get(roles, "fronts"), i, front)
		print_role("front", front);
	for (i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++)
		print_role(NAMES[i], json_object_get(roles, NAMES[i]));
}

static void print_restarts(const json_t *processes)
{
	const char *name;
	json_t *role;
	bool any = false;
	json_object_foreach((json_t *)(uintptr_t)processes, name, role)
		if (operator_number(role, "restarts")) {
			printf("%s%s %lld %s", any ? ", " : "Restarted: ", name, CLI_COUNTED(operator_number(role, "restarts"), "time", "times"));
			any = true;
		}
	if (any)
		(void)puts(": the log says why (child=…)");
}

static void print_health(const json_t *health)
{
	const json_t *under_way = json_object_get(health, "under_way"), *waiting = json_object_get(health, "waiting"), *is;
	size_t i;
	printf("xicad %s, since %s\n", operator_text(health, "version"), operator_text(health, "started"));
	print_roles(json_object_get(health, "roles"));
	print_restarts(json_object_get(health, "processes"));
	printf("Under way: %lld %s, %lld %s, %lld %s, %lld %s, %lld %s\n", CLI_COUNTED(operator_number(under_way, "requests"), "request", "requests"),
	       CLI_COUNTED(operator_number(under_way, "proofs"), "proof", "proofs"), CLI_COUNTED(operator_number(under_way, "issuances"), "issuance", "issuances"),
	       CLI_COUNTED(operator_number(under_way, "log_ins"), "log-in", "log-ins"), CLI_COUNTED(operator_number(under_way, "letters"), "letter", "letters"));
	printf("Waiting:   %lld %s for an operator, %lld %s, %lld %s for the audit log; %lld %s not be sent\n",
	       CLI_COUNTED(operator_number(waiting, "orders"), "order", "orders"), CLI_COUNTED(operator_number(waiting, "letters"), "letter", "letters"),
	       CLI_COUNTED(operator_number(waiting, "notes"), "note", "notes"), CLI_COUNTED(operator_number(waiting, "letters_failed"), "letter could", "letters could"));
	printf("Validator: %lld %s under way, %lld %s for a place\n",
	       CLI_COUNTED(operator_number(json_object_get(health, "validations"), "active"), "validation", "validations"),
	       CLI_COUNTED(operator_number(json_object_get(health, "validations"), "waiting"), "waits", "wait"));
	printf("Database:  %.1f MB\n", (double)operator_number(json_object_get(health, "store"), "bytes") / 1e6);
	if (operator_number(json_object_get(health, "store"), "commits_failed"))
		printf("Database:  %lld %s failed, the last one for: %s\n", CLI_COUNTED(operator_number(json_object_get(health, "store"), "commits_failed"), "commit", "commits"),
		       operator_text(json_object_get(health, "store"), "last_error"));
	json_array_foreach(json_object_get(health, "issuers"), i, is)
		printf("Issuer %s%s until %s\n", operator_text(is, "id"), json_is_true(json_object_get(is, "current")) ? ", which issues," : "",
		       operator_text(is, "not_after"));
	json_array_foreach(json_object_get(health, "crls"), i, is)
		printf("CRL of %s, shard %lld: number %lld of %s, until %s\n", operator_text(is, "issuer"), operator_number(is, "shard"), operator_number(is, "number"),
		       operator_text(is, "this_update"), operator_text(is, "next_update"));
}

static int health(const void *command)
{
	return operator_show(command, json_pack("{s:s}", "command", "health"), print_health);
}

static const struct operator_verb VERBS[] = {{"", NULL, NULL, health}, {NULL}};

int cli_health(int argc, char **argv)
{
	const struct operator_own own[] = {{NULL}};
	struct operator_options options = {.command = "health"};
	return operator_run(&options, own, VERBS, HELP, argc, argv);
}
