// xica cert renew-now: portion by portion, as the registrar takes them.
#include <stdio.h>

#include "cli/cert.h"
#include "cli/cli.h"

static json_t *make_question(const struct cert_options *options, const char *name)
{
	json_t *question = json_pack("{s:s, s:s*, s:s*, s:s*, s:s*}", "command", "cert-renew-now", "name", name, "serial", options->serial, "issuer",
				     options->issuer, "explanation", options->explanation);
	if (options->account)
		(void)json_object_set_new(question, "account", json_integer(options->account));
	if (options->withdraw)
		(void)json_object_set_new(question, "withdraw", json_true());
	return question;
}

// XICA_E…, said on standard error.
static int run(const struct cert_options *options, json_t *question, long long *ret_marked, long long *ret_over)
{
	bool more = true;
	while (more) {
		cleanup_buf why = BUF_INIT;
		json_t *answer = NULL;
		int error = operator_try(&options->common, json_incref(question), &answer, &why);
		if (error) {
			(void)cli_failed("cert", "%s", why.len ? buf_cstr(&why) : xica_strerror(error));
			return error;
		}
		*ret_marked += operator_number(answer, "marked");
		*ret_over += operator_number(answer, "over");
		json_t *after = json_object_get(answer, "after");
		more = after != NULL;
		if (more)
			(void)json_object_set(question, "after", after);
		json_decref(answer);
	}
	return XICA_OK;
}

// A portion that nobody answered for may be done or not. All of it may be said twice.
static int tell_broken_off(const struct cert_options *options, int error, long long marked)
{
	const char *done = options->withdraw ? "taken back" : "marked";
	if (error == XICA_ECLOSED)
		return cli_failed("cert", "%lld were %s before, and perhaps those that xicad was asked for last; run this again for all", marked, done);
	return marked ? cli_failed("cert", "%lld were %s; run this again for the others", marked, done) : CLI_FAILED;
}

static int tell(const struct cert_options *options, long long marked, long long over)
{
	if (options->common.json) {
		json_t *all = json_pack("{s:I, s:I}", "marked", (json_int_t)marked, "over", (json_int_t)over);
		operator_print_json(all);
		json_decref(all);
	} else if (options->withdraw) {
		printf("%lld %s to be renewed when the time comes.\n", marked, marked == 1 ? "certificate is" : "certificates are");
	} else {
		printf("The clients of %lld %s are told to renew now. They ask a few times a day: the answer of one says when it will ask again.\n", marked,
		       marked == 1 ? "certificate" : "certificates");
	}
	if (!marked && !over && !options->withdraw)
		return cli_failed("cert", "there is no such certificate");
	return marked ? CLI_OK : cli_failed("cert", "nothing was changed: %lld of these certificates are revoked or expired", over);
}

int cert_verb_renew_now(const void *command)
{
	const struct cert_options *options = command;
	cleanup_arena arena = ARENA_INIT;
	const char *name;
	long long marked = 0, over = 0;
	int code = cert_name(options, &arena, &name);
	if (code)
		return code;
	if ((name != NULL) + (options->account != 0) + (options->serial != NULL) + (options->issuer != NULL) != 1)
		return cli_usage_error("cert", "say which: one of --serial, --name, --account, --issuer");
	if (options->withdraw && options->explanation)
		return cli_usage_error("cert", "--withdraw needs no --explanation");
	json_t *question = make_question(options, name);
	int error = run(options, question, &marked, &over);
	json_decref(question);
	return error ? tell_broken_off(options, error, marked) : tell(options, marked, over);
}
