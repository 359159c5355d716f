// xica ca rollover: says where a roll-over stands and what comes next, and does it when told to. What is to be done when is in config/ca_rollover.h.
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "cli/ca_root_key.h"
#include "cli/operator.h"
#include "cli/place.h"
#include "config/ca_chain.h"
#include "config/ca_import.h"
#include "config/ca_index.h"
#include "config/ca_rollover.h"
#include "pki/crl.h"
#include "pki/pem.h"

enum { CHAIN_FILE_MAX = 1 << 20 };

struct rollover {
	const struct ca_options *options;
	json_t *index, *running; // running: NULL: xicad was not asked
	struct ca_dir dir;
	struct ca_rollover_plan plan;
	xica_time now;
	struct arena arena;
};

static void forget(struct rollover *r)
{
	json_decref(r->index);
	json_decref(r->running);
	ca_dir_free(&r->dir);
	arena_free(&r->arena);
	*r = (struct rollover){.options = r->options, .dir.arena = ARENA_INIT};
}

static bool asks_xicad(const struct ca_options *options)
{
	return options->config_file || options->dev_dir;
}

static int ask_xicad(struct rollover *r)
{
	const struct operator_options place = {.command = "ca rollover", .dev_dir = r->options->dev_dir, .config_file = r->options->config_file};
	return asks_xicad(r->options) ? operator_ask(&place, json_pack("{s:s}", "command", "issuer-list"), &r->running) : CLI_OK;
}

static int look(struct rollover *r)
{
	cleanup_buf why = BUF_INIT, none = BUF_INIT;
	r->now = clock_now();
	int error = ca_index_read(r->options->dir, &r->index, &why);
	if (error == XICA_ENOTFOUND)
		return cli_failed("ca rollover", "there is no CA in %s; 'xica ca init' makes one", r->options->dir);
	if (!error)
		error = ca_dir_read(r->options->dir, CA_DIR_PUBLIC, &r->dir, &none);
	if (error && !(r->index && error == XICA_ENOTFOUND)) // without an intermediate a request may be out
		return cli_failed("ca rollover", "%s", why.len ? buf_cstr(&why) : none.len ? buf_cstr(&none) : xica_strerror(error));
	int code = ask_xicad(r);
	if (!code && ca_rollover_plan(&r->dir, r->index, r->running, r->now, &r->arena, &r->plan))
		code = cli_failed("ca rollover", "out of memory");
	return code;
}

// --- what is said

static const char *act_text(enum ca_rollover_act act)
{
	switch (act) {
	case CA_ROLLOVER_BEGIN: return "begin";
	case CA_ROLLOVER_IMPORT: return "import";
	case CA_ROLLOVER_RELOAD: return "reload";
	case CA_ROLLOVER_ALTERNATE: return "alternate";
	case CA_ROLLOVER_RETIRE: return "retire";
	}
	return "?";
}

static const char *state_text(enum ca_rollover_state state)
{
	switch (state) {
	case CA_ROLLOVER_DUE: return "due";
	case CA_ROLLOVER_LATER: return "later";
	case CA_ROLLOVER_UNKNOWN: return "unknown";
	}
	return "?";
}

static const char *time_text(xica_time time, struct arena *arena)
{
	cleanup_buf text = BUF_INIT;
	clock_add_rfc3339(&text, time);
	const char *copy = arena_strdup(arena, buf_view(&text));
	return copy ? copy : "?";
}

static const char *say(struct rollover *r, const struct ca_rollover_step *step)
{
	struct arena *arena = &r->arena;
	const char *when = step->when ? time_text(step->when, arena) : NULL, *text = NULL;
	switch (step->act) {
	case CA_ROLLOVER_BEGIN:
		text = arena_printf(arena, "make the next intermediate (--begin, with the root's key; --begin --outside for another's root). From %s on there is need of it: %s "
				    "ends %s, and no certificate may end later", when, step->id, time_text(r->dir.issuers[0].not_after, arena));
		break;
	case CA_ROLLOVER_IMPORT:
		text = arena_printf(arena, "the request of %s is out: have its root sign it, and bring the chain back (--import CHAIN.pem)", step->id);
		break;
	case CA_ROLLOVER_RELOAD:
		text = step->state == CA_ROLLOVER_UNKNOWN
			? arena_printf(arena, "does xicad issue by %s already? -c FILE asks it; reloaded (systemctl reload xicad, or SIGHUP) it does", step->id)
			: arena_printf(arena, "xicad does not issue by %s yet: reload it (systemctl reload xicad, or SIGHUP)", step->id);
		break;
	case CA_ROLLOVER_ALTERNATE:
		text = arena_printf(arena, "the older one has a chain to \"%s\", and %s has none: 'xica ca csr --issuer %s', let it be signed there too, and --import the chain",
				    step->root, step->id, step->id);
		break;
	case CA_ROLLOVER_RETIRE:
		if (step->state == CA_ROLLOVER_DUE)
			text = arena_printf(arena, "%s is needed no more: its last certificate has ended (--retire %s takes it out and destroys its key)", step->id, step->id);
		else if (step->state == CA_ROLLOVER_UNKNOWN)
			text = arena_printf(arena, "%s answers for status until its last certificate has ended; -c FILE asks xicad when that is. At most until %s", step->id, when);
		else
			text = when ? arena_printf(arena, "%s answers for status, its CRLs and OCSP go on by themselves; it can be retired from %s on", step->id, when)
				    : arena_printf(arena, "%s still issues", step->id);
		break;
	}
	return text ? text : "?";
}

static json_t *to_json(struct rollover *r)
{
	json_t *steps = json_array();
	for (size_t i = 0; i < r->plan.count; i++) {
		const struct ca_rollover_step *step = &r->plan.list[i];
		json_t *is = json_pack("{s:s, s:s, s:s, s:s}", "step", act_text(step->act), "state", state_text(step->state), "id", step->id, "say", say(r, step));
		if (step->when)
			(void)json_object_set_new(is, "from", json_string(time_text(step->when, &r->arena)));
		(void)json_array_append_new(steps, is);
	}
	return json_pack("{s:o, s:b}", "steps", steps, "xicad_asked", r->running != NULL);
}

// Until it is reloaded, a running xicad issues by another one than what the folder says.
static void print_issuer(const struct rollover *r)
{
	const json_t *issuer;
	size_t i;
	json_array_foreach(json_object_get(r->running, "issuers"), i, issuer)
		if (json_is_true(json_object_get(issuer, "issues")))
			printf("%s issues.\n", operator_text(issuer, "id"));
	if (!r->running && r->dir.issuer_count)
		printf("%s issues, by what stands in the folder.\n", r->dir.issuers[0].id);
}

static void print_plan(struct rollover *r)
{
	if (r->options->json) {
		json_t *all = to_json(r);
		operator_print_json(all);
		json_decref(all);
		return;
	}
	print_issuer(r);
	for (size_t i = 0; i < r->plan.count; i++) {
		static const char *const MARKS[] = {[CA_ROLLOVER_DUE] = "now  ", [CA_ROLLOVER_LATER] = "later", [CA_ROLLOVER_UNKNOWN] = "?    "};
		printf("  %s  %s.\n", MARKS[r->plan.list[i].state], say(r, &r->plan.list[i]));
	}
}

// What was done is looked at anew, and the next steps are told.
static int tell(const struct ca_options *options)
{
	struct rollover r = {.options = options, .dir.arena = ARENA_INIT};
	int code = look(&r);
	if (!code)
		print_plan(&r);
	forget(&r);
	return code;
}

// --- what is done

static int failed(const struct buf *why, int error)
{
	return cli_failed("ca rollover", "%s", why->len ? (const char *)why->ptr : xica_strerror(error));
}

static void checked(const struct ca_options *options, const char *what)
{
	if (!options->json)
		printf("  ok     %s\n", what);
}

// Does the folder hold, with its keys, and does the newest one's chain lead to the newest root by the same rules as an imported one?
static int verify(const struct ca_options *options)
{
	cleanup_buf why = BUF_INIT, pem = BUF_INIT;
	struct ca_chain_parsed chain;
	struct ca_dir dir;
	int error = ca_dir_read(options->dir, CA_DIR_WITH_KEYS, &dir, &why);
	if (error)
		return failed(&why, error);
	checked(options, "every key is that of its certificate");
	pem_write(&pem, PEM_CERTIFICATE, dir.issuers[0].certificate);
	pem_write(&pem, PEM_CERTIFICATE, dir.roots[0].certificate);
	ca_dir_free(&dir);
	error = ca_chain_parse(buf_view(&pem), &chain, &why);
	if (error)
		return failed(&why, error);
	error = ca_chain_check(&chain, clock_now(), &why);
	ca_chain_free(&chain);
	if (error)
		return failed(&why, error);
	checked(options, "the new intermediate's chain verifies up to the root, and may sign certificates, CRLs and OCSP's responders");
	return CLI_OK;
}

// While the root's key is at hand its own list is signed anew, too.
static int begin_inside(const struct ca_options *options)
{
	struct ca_root_key key;
	struct ca_init init = ca_init_of(options);
	cleanup_buf why = BUF_INIT;
	int code = ca_root_key_get(options, CA_ROOT_KEY_OPEN, &key);
	if (code)
		return code;
	ca_root_key_put(&key, &init);
	int error = ca_init_intermediate(&init, &why);
	if (!error) {
		checked(options, "the new intermediate is made");
		ca_note(options, "new-intermediate", NULL);
		error = ca_init_crl(&init, NULL, PKI_REASON_SUPERSEDED, &why);
	}
	if (!error)
		checked(options, "the root's own revocation list is good for another 400 days");
	ca_root_key_free(&key);
	return error ? failed(&why, error) : verify(options);
}

static int begin(const struct ca_options *options)
{
	if (options->outside)
		return ca_verb_csr(options, NULL, 0);
	int code = begin_inside(options);
	if (code)
		return code;
	if (!options->json)
		(void)puts("Nothing has to be published: xicad serves the new intermediate's certificate, CRLs and OCSP by itself, and chains bring it to clients. Who has the older one\n"
			   "pinned must be told. Take the root's key off-line again.\n");
	return tell(options);
}

static int import(const struct ca_options *options)
{
	cleanup_buf pem = BUF_INIT, why = BUF_INIT;
	int error = file_read(options->import, CHAIN_FILE_MAX, &pem);
	if (error)
		return cli_failed("ca rollover", "%s: %s", options->import, xica_strerror(error));
	error = ca_import(options->dir, buf_view(&pem), options->make_default, clock_now(), &why);
	if (error)
		return failed(&why, error);
	ca_note(options, "import", NULL);
	checked(options, "the chain verifies, and its key is here");
	return tell(options);
}

static int retire(const struct ca_options *options)
{
	struct rollover r = {.options = options, .dir.arena = ARENA_INIT};
	cleanup_buf why = BUF_INIT;
	xica_time until = 0;
	int code = look(&r);
	for (size_t i = 0; !code && i < r.dir.issuer_count; i++)
		if (!strcmp(r.dir.issuers[i].id, options->retire))
			until = ca_rollover_needed_until(&r.dir.issuers[i], r.running);
	for (size_t i = 0; !code && i < r.plan.count; i++) {
		const struct ca_rollover_step *step = &r.plan.list[i];
		if (step->act == CA_ROLLOVER_RETIRE && step->state != CA_ROLLOVER_DUE && !strcmp(step->id, options->retire))
			code = cli_failed("ca rollover", "%s", say(&r, step));
	}
	int error = code ? XICA_OK : ca_retire(options->dir, options->retire, until, r.now, &why);
	forget(&r);
	if (code || error)
		return code ? code : failed(&why, error);
	ca_note(options, "retire", options->retire);
	checked(options, "it is retired, and its key destroyed; xicad forgets it when it is reloaded (SIGHUP)");
	return tell(options);
}

// --- the guide

static bool agreed(const char *question)
{
	char answer[16] = "";
	fprintf(stderr, "%s [y/N] ", question);
	return fgets(answer, sizeof(answer), stdin) && (answer[0] == 'y' || answer[0] == 'Y');
}

// On a terminal, the first thing that is due and that can be done here is offered.
static int guide(const struct ca_options *options)
{
	struct rollover r = {.options = options, .dir.arena = ARENA_INIT};
	struct ca_options then = *options;
	int code = look(&r), (*act)(const struct ca_options *) = NULL;
	if (code) {
		forget(&r);
		return code;
	}
	print_plan(&r);
	bool asks = !options->json && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
	for (size_t i = 0; asks && !act && i < r.plan.count; i++) {
		const struct ca_rollover_step *step = &r.plan.list[i];
		if (step->state != CA_ROLLOVER_DUE)
			continue;
		if (step->act == CA_ROLLOVER_BEGIN && r.dir.root_count && agreed("Make the next intermediate now, with the root's key?"))
			act = begin;
		else if (step->act == CA_ROLLOVER_RETIRE && agreed(arena_printf(&r.arena, "Retire %s now, and destroy its key?", step->id)))
			act = retire;
		then.retire = step->id;
	}
	code = act ? act(&then) : CLI_OK;
	forget(&r);
	return code;
}

int ca_verb_rollover(const struct ca_options *options, char **words, int count)
{
	if (count)
		return cli_usage_error("ca rollover", "what is '%s'?", words[0]);
	if (options->begin + (options->import != NULL) + (options->retire != NULL) > 1)
		return cli_usage_error("ca rollover", "one thing at a time: --begin, --import or --retire");
	if (options->outside && !options->begin)
		return cli_usage_error("ca rollover", "--outside goes with --begin");
	if ((options->out || options->issuer) && !options->outside)
		return cli_usage_error("ca rollover", "--out and --issuer are for the request of --begin --outside");
	bool making = options->name || options->key_type_given || options->http_url, root = options->root_key || options->passphrase_file;
	if ((options->import || options->retire) && (making || root))
		return cli_usage_error("ca rollover", "--name, --key-type, --http-url, --root-key and --passphrase-file are for the next intermediate: --begin");
	if (options->outside && root)
		return cli_usage_error("ca rollover", "a request for another's root (--outside) needs no root's key");
	if (options->make_default && !options->import)
		return cli_usage_error("ca rollover", "--default goes with --import");
	if (options->begin)
		return begin(options);
	if (options->import)
		return import(options);
	return options->retire ? retire(options) : guide(options);
}
