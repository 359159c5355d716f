#include "client/get.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/file.h"
#include "client/account.h"
#include "client/choose.h"
#include "client/hooks.h"
#include "client/install.h"
#include "client/order.h"
#include "client/renewal.h"

enum { RSA_BITS = 3072 };

struct run {
	struct client_lineage *lineage;
	const struct client_get_options *options;
	struct client_got *got;
	struct client_trouble *trouble;
	struct client_http *http;
	struct client_acme *acme;
	struct client_chain before; // count 0: there is none
	struct client_renewal renewal; // of it
	struct arena arena;
};

// --- the folder

int client_get_prepare(const char *config_dir, struct client_trouble *trouble)
{
	static const char *const BELOW[] = {"", "/accounts", "/certificates", "/hooks.d"};
	cleanup_arena arena = ARENA_INIT;
	for (size_t i = 0; i < sizeof(BELOW) / sizeof(BELOW[0]); i++) {
		const char *path = arena_printf(&arena, "%s%s", config_dir, BELOW[i]);
		int error = path ? file_make_folder(path, i ? 0700 : 0755) : XICA_ENOMEM;
		if (error)
			return client_trouble_is(trouble, error, "the folder %s can't be made: %s. Run this as root, or take another by --config-dir",
						 path ? path : config_dir, strerror(errno));
	}
	const char *lock = arena_printf(&arena, "%s/lock", config_dir);
	int fd = lock ? open(lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600) : -1;
	if (fd < 0)
		return client_trouble_is(trouble, XICA_EIO, "%s/lock can't be opened: %s", config_dir, strerror(errno));
	if (flock(fd, LOCK_EX | LOCK_NB)) // held until the program ends
		return client_trouble_is(trouble, XICA_ECONFLICT, "another xica get or renew works in %s: wait until it is done", config_dir);
	return XICA_OK;
}

const char *client_directory_url(const char *server, struct arena *arena)
{
	const char *scheme = strstr(server, "://"), *path = strchr(scheme ? scheme + 3 : server, '/');
	bool whole = path && strcmp(path, "/");
	size_t len = path && !whole ? (size_t)(path - server) : strlen(server);
	return arena_printf(arena, "%s%.*s%s", scheme ? "" : "https://", (int)len, server, whole ? "" : "/acme/directory");
}

// "https://ca.example.net:14000/acme/directory" is ACCOUNTS/ca.example.net_14000_acme_directory.
static const char *account_folder(struct run *run)
{
	const char *scheme = strstr(run->lineage->settings.server, "://");
	char *name = arena_strdup(&run->arena, view_str(scheme ? scheme + 3 : run->lineage->settings.server));
	for (char *c = name; c && *c; c++)
		if (*c == '/' || *c == ':' || (unsigned char)*c < 0x21)
			*c = '_';
	return name ? arena_printf(&run->arena, "%s/accounts/%s", run->options->config_dir, name) : NULL;
}

// --- is there anything to do?

static bool fits(const struct run *run, const struct client_chain *chain)
{
	const struct client_lineage *lineage = run->lineage;
	size_t dns = 0;
	for (size_t i = 0; i < lineage->settings.name_count; i++) {
		if (!client_chain_names(chain, &lineage->names[i]))
			return false;
		dns += lineage->names[i].type == PKI_IDENTIFIER_DNS;
	}
	return chain->dns_count == dns;
}

static int connect_to_ca(struct run *run)
{
	const struct client_http_options options = {.ca_file = run->lineage->settings.ca_file};
	int error = run->http ? XICA_OK : client_http_open(&options, &run->http, run->trouble);
	return error || run->acme ? error : client_acme_open(run->http, run->lineage->settings.server, &run->acme, run->trouble);
}

static bool is_good(const struct run *run)
{
	return run->before.count && !run->options->force && fits(run, &run->before);
}

// What the CA said last time holds until it may be asked again. Where it can't be asked, the lifetime decides, or what it said before where that is sooner.
static void plan(struct run *run)
{
	struct client_renewal said = {.at = 0};
	xica_time now = clock_now();
	bool known = !client_renewal_load(run->lineage->folder, &run->before, &run->lineage->arena, &said);
	bool fresh = known && now < said.ask_again && said.ask_again - now <= XICA_DAY; // a clock that was wrong once silences the CA for a day at most
	run->renewal = client_renewal_by_lifetime(&run->before);
	if (fresh || (known && said.at < run->renewal.at))
		run->renewal = said;
	if (fresh || connect_to_ca(run))
		return;
	if (!client_renewal_ask(run->acme, &run->before, now, &run->lineage->arena, &said)) {
		run->renewal = said;
		(void)!client_renewal_save(run->lineage->folder, &run->before, &said); // then it is asked again sooner
	}
}

static bool is_due(struct run *run)
{
	plan(run);
	run->got->renew_at = run->renewal.at;
	run->got->explanation_url = run->renewal.explanation_url;
	bool due = client_renewal_due(&run->renewal, &run->before, clock_now());
	if (due && run->renewal.explanation_url)
		client_tell(run->options->tell, "%s: the CA says why it is to be renewed: %s", run->lineage->name, run->renewal.explanation_url);
	return due;
}

// --- a new certificate

static int open_account(struct run *run)
{
	const struct client_account_options account = {
		.folder = account_folder(run),
		.email = run->lineage->settings.email,
		.eab_kid = run->options->eab_kid,
		.eab_key = run->options->eab_key,
		.agrees = run->options->agrees,
		.ask = run->options->ask,
	};
	if (!account.folder)
		return XICA_ENOMEM;
	int error = file_make_folder(account.folder, 0700);
	if (error)
		return client_trouble_is(run->trouble, error, "the folder %s can't be made: %s", account.folder, strerror(errno));
	return client_account_open(run->acme, &account, run->trouble);
}

static int order(struct run *run, const struct crypto_key *key, const struct client_proof_kind *proof, struct buf *pem)
{
	const struct client_settings *settings = &run->lineage->settings;
	const struct client_proof_options proof_options = {.webroot = settings->webroot, .http_port = settings->http_port, .tls_port = settings->tls_port,
							   .hook = settings->hook, .challenge_folder = settings->challenges ? settings->challenges : CLIENT_CHALLENGES,
							   .lineage = run->lineage};
	cleanup_buf replaces = BUF_INIT;
	if (!run->before.count || client_renewal_id(&run->before, &replaces))
		buf_clear(&replaces);
	const struct client_order_options options = {
		.names = run->lineage->names,
		.name_count = settings->name_count,
		.profile = settings->profile,
		.replaces = replaces.len ? buf_cstr(&replaces) : NULL,
		.chain = settings->chain,
		.key = key,
		.proof = proof,
		.proof_options = &proof_options,
		.tell = run->options->tell,
		.try_only = run->options->dry_run,
	};
	return client_order_run(run->acme, &options, pem, run->trouble);
}

// For the server, where there is one. What it doesn't come up with is not the current one either.
static int install(struct run *run, unsigned before)
{
	struct client_installed installed;
	if (!run->lineage->settings.server_config)
		return XICA_OK;
	int error = client_install(run->lineage, before, run->options->tell, &installed, run->trouble);
	if (error)
		return error;
	run->got->installed = true;
	run->got->checked = installed.checked;
	return XICA_OK;
}

static int use(struct run *run, unsigned before)
{
	int error = install(run, before);
	if (!error)
		error = client_lineage_save_settings(run->lineage, run->trouble);
	if (error)
		return error;
	client_versions_prune(run->lineage->folder);
	run->got->outcome = CLIENT_ISSUED;
	return XICA_OK;
}

// Written, used, and saved how it was got. What fails leaves the certificate that there was.
static int keep(struct run *run, const struct crypto_key *key, struct view fullchain)
{
	cleanup_buf key_pem = BUF_INIT;
	struct client_chain chain;
	unsigned before = 0;
	int error = crypto_key_to_pem(key, VIEW_NONE, &key_pem);
	if (!error)
		error = client_chain_read(fullchain, &run->arena, &chain, run->trouble);
	if (!error)
		error = client_lineage_write(run->lineage, buf_view(&key_pem), fullchain, &chain, &before, run->trouble);
	buf_wipe(&key_pem);
	return error ? error : use(run, before);
}

static int check_current(struct run *run)
{
	cleanup_buf pem = BUF_INIT;
	cleanup_key *key = NULL;
	struct client_chain chain;
	int error = client_lineage_read(run->lineage, "key.pem", &pem, run->trouble);
	if (!error)
		error = crypto_key_from_pem(buf_view(&pem), VIEW_NONE, &key);
	buf_wipe(&pem);
	if (!error)
		error = client_lineage_chain(run->lineage, &run->arena, &chain, run->trouble);
	if (!error)
		error = client_chain_check(&chain, key, run->lineage->names, run->lineage->settings.name_count, clock_now(), run->trouble);
	if (error)
		return error;
	const struct client_renewal renewal = client_renewal_by_lifetime(&chain);
	return client_renewal_due(&renewal, &chain, clock_now()) || !fits(run, &chain) ? XICA_EEXPIRED : XICA_OK;
}

// One that was issued and never came into use, since the server didn't come up with it or something died: before another is asked for, it is tried again.
static int take_up(struct run *run)
{
	unsigned before = client_versions_current(run->lineage->folder), newest = client_versions_newest(run->lineage->folder);
	if (newest <= before || run->options->force)
		return XICA_ENOTFOUND;
	int error = client_versions_use(run->lineage->folder, newest, run->trouble);
	if (error)
		return error;
	if (check_current(run)) {
		error = client_versions_use(run->lineage->folder, before, run->trouble);
		return error ? error : XICA_ENOTFOUND;
	}
	client_tell(run->options->tell, "%s: a certificate is there that was not installed yet", run->lineage->name);
	return use(run, before);
}

static int make_key(const struct client_settings *settings, struct crypto_key **ret_key)
{
	bool rsa = settings->key && !strcmp(settings->key, "rsa");
	return crypto_key_generate(rsa ? CRYPTO_KEY_RSA : CRYPTO_KEY_P256, rsa ? RSA_BITS : 0, ret_key);
}

static int issue(struct run *run)
{
	const struct client_proof_kind *proof;
	cleanup_key *key = NULL;
	cleanup_buf pem = BUF_INIT;
	int error = client_choose_proof(run->lineage, &proof, run->trouble);
	if (!error)
		error = open_account(run);
	if (!error)
		error = make_key(&run->lineage->settings, &key);
	if (error)
		return error;
	client_tell(run->options->tell, "%s: asking %s, proof by %s", run->lineage->name, run->lineage->settings.server, proof->challenge);
	error = order(run, key, proof, &pem);
	if (!error && !run->options->dry_run)
		error = keep(run, key, buf_view(&pem));
	if (!error && run->options->dry_run)
		run->got->outcome = CLIENT_TRIED;
	return error;
}

static void read_before(struct run *run)
{
	cleanup_trouble none = CLIENT_TROUBLE_INIT;
	if (client_lineage_chain(run->lineage, &run->arena, &run->before, &none))
		run->before.count = 0;
}

static int keep_before(struct run *run)
{
	int error = install(run, client_versions_current(run->lineage->folder));
	if (!error)
		error = client_lineage_save_settings(run->lineage, run->trouble);
	if (!error)
		run->got->outcome = CLIENT_KEPT;
	return error;
}

static int get(struct run *run)
{
	read_before(run);
	if (is_good(run) && !is_due(run))
		return keep_before(run);
	int error = take_up(run);
	if (error == XICA_ENOTFOUND && !(error = connect_to_ca(run)))
		error = issue(run);
	if (!error && run->got->outcome == CLIENT_ISSUED)
		run->got->hooks_failed = client_hooks_run(run->options->config_dir, run->lineage, run->trouble) != XICA_OK;
	return error;
}

int client_get(struct client_lineage *lineage, const struct client_get_options *options, struct client_got *ret_got, struct client_trouble *trouble)
{
	struct run run = {.lineage = lineage, .options = options, .got = ret_got, .trouble = trouble, .arena = ARENA_INIT};
	*ret_got = (struct client_got){.outcome = CLIENT_FAILED};
	int error = get(&run);
	client_acme_free(run.acme);
	client_http_free(run.http);
	arena_free(&run.arena);
	return error;
}
