// xmpp-tls-01 (docs/acme-xmpp.md): the certificate of the challenge in the place where the XMPP server reads its own, name after name, and then what was there
// again. For servers that read files and do nothing else.
//
// What was there comes back whatever becomes of this program: a guard, a process of its own, holds a copy, and puts it back where the program ended without.
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/challenge_certificate.h"
#include "client/place.h"
#include "client/proof.h"
#include "client/reload.h"
#include "client/shown.h"
#include "client/wait.h"
#include "pki/pem.h"

enum { SHOWN_SECONDS = 20 };

struct proof_xmpp_tls { // while it is shown
	const struct client_lineage *lineage;
	struct client_server server;
	struct client_place place;
	struct client_placed placed; // what was there
	const char *name;            // of the versions of the proof alone
	pid_t guard;    // 0: none
	int guard_pipe; // closed without a word: put it back
	struct arena arena;
};

static int put_back(struct proof_xmpp_tls *shown)
{
	cleanup_trouble unheard = CLIENT_TROUBLE_INIT;
	int error = client_place_back(&shown->placed, shown->server.kind->user, &unheard);
	client_versions_remove(shown->placed.store);
	int told = client_server_reload(&shown->server, shown->lineage->settings.reload, &unheard);
	return error ? error : told;
}

// --- the guard

[[gnu::noreturn]] static void keep_guard(struct proof_xmpp_tls *shown, int from)
{
	char word;
	ssize_t len;
	while ((len = read(from, &word, 1)) < 0 && errno == EINTR)
		;
	_exit(len == 1 || !put_back(shown) ? 0 : 1);
}

static int post_guard(struct proof_xmpp_tls *shown, struct client_trouble *trouble)
{
	int ends[2];
	if (pipe2(ends, O_CLOEXEC))
		return client_trouble_is(trouble, XICA_EIO, "no pipe can be made");
	pid_t pid = fork();
	if (!pid) {
		(void)close(ends[1]);
		keep_guard(shown, ends[0]);
	}
	(void)close(ends[0]);
	if (pid < 0) {
		(void)close(ends[1]);
		return client_trouble_is(trouble, XICA_EIO, "no process can be made");
	}
	shown->guard = pid;
	shown->guard_pipe = ends[1];
	return XICA_OK;
}

static void dismiss_guard(struct proof_xmpp_tls *shown)
{
	if (!shown->guard)
		return;
	(void)!write(shown->guard_pipe, "", 1);
	(void)close(shown->guard_pipe);
	while (waitpid(shown->guard, NULL, 0) < 0 && errno == EINTR)
		;
}

// --- showing

static int find_place(struct proof_xmpp_tls *shown, struct client_trouble *trouble)
{
	int error = client_server_read(shown->lineage->settings.server_config, &shown->server, trouble);
	if (!error)
		error = shown->server.kind->place(&shown->server, shown->lineage, &shown->arena, &shown->place, trouble);
	if (!error && !shown->place.certificate)
		return client_trouble_is(trouble, XICA_EINVAL, "%s has %s read the certificates where xica keeps them: there is no file that could be used for a proof",
					 shown->server.config, shown->server.kind->title);
	return error;
}

static int wait_until_shown(const struct proof_xmpp_tls *shown, const char *domain, struct view der, struct client_trouble *trouble)
{
	struct client_wait wait = client_wait_for(SHOWN_SECONDS, NULL);
	enum client_shown is;
	while ((is = client_server_shows(&shown->server, shown->lineage, domain, der)) != CLIENT_SHOWS_IT)
		if (!client_wait_more(&wait, 0))
			return client_trouble_is(trouble, XICA_EIO, "%s does not show the certificate of the proof at %s%s", shown->server.kind->title,
						 client_server_check_at(&shown->server, shown->lineage),
						 is == CLIENT_UNREACHABLE ? ": nobody answers there" : "");
	return XICA_OK;
}

static int put(struct proof_xmpp_tls *shown, const struct client_proof_job *job, struct buf *der, struct client_trouble *trouble)
{
	cleanup_key *key = NULL;
	cleanup_buf key_pem = BUF_INIT, pem = BUF_INIT;
	struct client_placed before = {.touched = false};
	int error = crypto_key_generate(CRYPTO_KEY_P256, 0, &key);
	if (!error)
		error = client_challenge_certificate(key, job->identifier.value, job->key_authorization, clock_now(), der);
	if (!error)
		error = crypto_key_to_pem(key, VIEW_NONE, &key_pem);
	pem_write(&pem, PEM_CERTIFICATE, buf_view(der));
	if (!error && !(error = buf_error(&pem)))
		error = client_place_put(&shown->place, shown->name, shown->server.kind->user, buf_view(&key_pem), buf_view(&pem), &shown->arena, &before, trouble);
	client_placed_free(&before);
	buf_wipe(&key_pem);
	return error;
}

static int show(struct proof_xmpp_tls *shown, struct client_proof_job *job, struct client_trouble *trouble)
{
	cleanup_buf der = BUF_INIT;
	int error = find_place(shown, trouble);
	if (!error)
		error = client_place_remember(&shown->place, shown->name, &shown->arena, &shown->placed, trouble);
	if (!error)
		error = post_guard(shown, trouble); // before anything is changed
	if (!error)
		error = put(shown, job, &der, trouble);
	if (!error)
		error = client_server_reload(&shown->server, shown->lineage->settings.reload, trouble);
	const char *domain = arena_strdup(&shown->arena, job->identifier.value);
	if (!error)
		error = domain ? wait_until_shown(shown, domain, buf_view(&der), trouble) : XICA_ENOMEM;
	return error;
}

static int set(struct client_proof *proof, struct client_trouble *trouble)
{
	struct proof_xmpp_tls *shown = calloc(1, sizeof(*shown));
	if (!shown)
		return XICA_ENOMEM;
	proof->shown = shown;
	shown->server = CLIENT_SERVER_INIT;
	shown->lineage = proof->options->lineage;
	shown->name = arena_printf(&shown->arena, "%s.proof", shown->lineage->name);
	return shown->name ? show(shown, &proof->jobs[0], trouble) : XICA_ENOMEM;
}

static void clear(struct client_proof *proof)
{
	struct proof_xmpp_tls *shown = proof->shown;
	if (!shown)
		return;
	proof->shown = NULL;
	if (shown->guard)
		(void)!put_back(shown);
	dismiss_guard(shown);
	client_placed_free(&shown->placed);
	client_server_free(&shown->server);
	arena_free(&shown->arena);
	free(shown);
}

const struct client_proof_kind client_proof_xmpp_tls = {
	"xmpp-tls", "xmpp-tls-01", set, clear,
	"Do the SRV records of the name lead to this XMPP server, and does it show the certificate of that file to whoever asks for the name?", .one_by_one = true};
