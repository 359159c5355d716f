// xica cert revoke: counted first, asked about, then done portion by portion, as the registrar takes them.
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cert.h"
#include "cli/cli.h"
#include "pki/reason.h"

struct sum {
	json_t *serials; // an object with each as a member: one can be met twice while they are only counted
	long long pending, already, expired;
};

static json_t *make_question(const struct cert_options *options, const char *name)
{
	const char *serial = options->key ? options->key : options->serial;
	json_t *question = json_pack("{s:s, s:s*, s:s*, s:s, s:b}", "command", "cert-revoke", "name", name, "serial", serial, "reason",
				     options->reason ? options->reason : "unspecified", "with_key", options->key != NULL);
	if (options->account)
		(void)json_object_set_new(question, "account", json_integer(options->account));
	return question;
}

static void add(struct sum *sum, const json_t *answer)
{
	const json_t *serial;
	size_t i;
	json_array_foreach(json_object_get(answer, "serials"), i, serial)
		(void)json_object_set_new(sum->serials, json_string_value(serial), json_true());
	sum->pending += operator_number(answer, "pending");
	sum->already += operator_number(answer, "already");
	sum->expired += operator_number(answer, "expired");
}

// The cursors of the answer are those of the next question. False: it was the last.
static bool go_on(json_t *question, const json_t *answer)
{
	static const char *const CURSORS[] = {"after", "key_after"};
	bool more = false;
	for (size_t i = 0; i < sizeof(CURSORS) / sizeof(CURSORS[0]); i++) {
		json_t *cursor = json_object_get(answer, CURSORS[i]);
		(void)json_object_del(question, CURSORS[i]);
		if (cursor)
			(void)json_object_set(question, CURSORS[i], cursor);
		more = more || cursor;
	}
	return more;
}

static void show_progress(size_t done, size_t total)
{
	enum { WIDTH = 40 };
	size_t filled = total && done < total ? done * WIDTH / total : WIDTH;
	fprintf(stderr, "\r[%.*s%*s] %zu of %zu", (int)filled, "########################################", (int)(WIDTH - filled), "", done, total);
}

// total: of the progress bar; 0: none is shown.
static int run(const struct cert_options *options, json_t *question, bool dry, size_t total, struct sum *sum)
{
	bool more = true;
	int code = CLI_OK;
	(void)json_object_set_new(question, "dry", json_boolean(dry));
	while (more && !code) {
		json_t *answer = NULL;
		code = operator_ask(&options->common, json_incref(question), &answer);
		if (code)
			break;
		add(sum, answer);
		more = go_on(question, answer);
		json_decref(answer);
		if (total)
			show_progress(json_object_size(sum->serials), total);
	}
	if (total)
		(void)fputc('\n', stderr);
	return code;
}

static bool agreed(size_t count)
{
	char answer[16] = "";
	fprintf(stderr, "This revokes %zu certificates, for ever. Go on? [y/N] ", count);
	return fgets(answer, sizeof(answer), stdin) && (answer[0] == 'y' || answer[0] == 'Y');
}

static void print_json(const struct sum *sum)
{
	json_t *all = json_pack("{s:[], s:I, s:I, s:I}", "revoked", "pending", (json_int_t)sum->pending, "already_revoked", (json_int_t)sum->already,
				"expired", (json_int_t)sum->expired);
	const char *serial;
	json_t *unused;
	json_object_foreach(sum->serials, serial, unused)
		(void)json_array_append_new(json_object_get(all, "revoked"), json_string(serial));
	operator_print_json(all);
	json_decref(all);
}

// What was revoked before is no failure: whoever is interrupted runs it again until nothing is left.
static int tell(const struct cert_options *options, const struct sum *sum)
{
	size_t count = json_object_size(sum->serials);
	bool key = options->reason && !strcmp(options->reason, "keyCompromise");
	if (options->common.json)
		print_json(sum);
	else if (count)
		printf("%zu %s revoked%s. The CRL says so within seconds.\n", count, count == 1 ? "certificate is" : "certificates are",
		       key ? ", and the key blocked" : "");
	if (sum->pending)
		return cli_failed("cert", "%lld of them %s being issued at this moment and can't be revoked yet: run this once more in some seconds",
				  sum->pending, sum->pending == 1 ? "is" : "are");
	if (!count && !sum->already && !sum->expired)
		return cli_failed("cert", "there is no such certificate");
	if (!count && !options->common.json)
		printf("Nothing is left to revoke: %lld revoked already, %lld expired%s.\n", sum->already, sum->expired, key ? "; the key is blocked" : "");
	return CLI_OK;
}

static int ask_and_revoke(const struct cert_options *options, json_t *question)
{
	struct sum counted = {.serials = json_object()}, sum = {.serials = json_object()};
	int code = run(options, question, true, 0, &counted);
	size_t count = json_object_size(counted.serials);
	if (!code && count > 1 && !options->yes && !agreed(count))
		code = cli_failed("cert", "nothing was revoked: answer y, or say --yes");
	bool begun = !code;
	if (!code)
		code = run(options, question, false, count > 1 && isatty(STDERR_FILENO) ? count : 0, &sum);
	if (!code)
		code = tell(options, &sum);
	else if (begun && count > 1)
		(void)cli_failed("cert", "%zu of %zu certificates are revoked; run this again for the others", json_object_size(sum.serials), count);
	json_decref(counted.serials);
	json_decref(sum.serials);
	return code;
}

int cert_verb_revoke(const void *command)
{
	const struct cert_options *options = command;
	cleanup_arena arena = ARENA_INIT;
	const char *name;
	enum pki_reason reason;
	int code = cert_name(options, &arena, &name);
	if (code)
		return code;
	if ((name != NULL) + (options->account != 0) + (options->serial != NULL) + (options->key != NULL) != 1)
		return cli_usage_error("cert", "say which: one of --serial, --name, --account, --key");
	if (options->reason && pki_reason_parse(view_str(options->reason), &reason))
		return cli_usage_error("cert", "--reason must be one of " PKI_REASON_WORDS);
	json_t *question = make_question(options, name);
	code = ask_and_revoke(options, question);
	json_decref(question);
	return code;
}
