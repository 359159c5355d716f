// tls-alpn-01 (RFC 8737): a server of our own on port 443 for as long as it takes. Port 80 may be closed, or somebody else's.
#include <sys/socket.h>
#include <unistd.h>

#include "client/challenge_certificate.h"
#include "client/listener.h"
#include "client/proof.h"
#include "crypto/tls_challenges.h"
#include "crypto/tls_fd.h"

enum { HANDSHAKE_SECONDS = 5 };

static int add(struct crypto_tls_challenges *challenges, const struct crypto_key *key, const struct client_proof_job *job)
{
	cleanup_arena arena = ARENA_INIT;
	cleanup_buf certificate = BUF_INIT;
	const char *name = arena_strdup(&arena, job->identifier.value);
	if (!name)
		return XICA_ENOMEM;
	int error = client_challenge_certificate(key, job->identifier.value, job->key_authorization, clock_now(), &certificate);
	return error ? error : crypto_tls_challenges_add(challenges, name, buf_view(&certificate), key);
}

static int add_all(struct crypto_tls_challenges *challenges, const struct client_proof *proof)
{
	cleanup_key *key = NULL;
	int error = crypto_key_generate(CRYPTO_KEY_P256, 0, &key);
	for (size_t i = 0; !error && i < proof->job_count; i++)
		error = add(challenges, key, &proof->jobs[i]);
	return error;
}

static void answer(int fd, void *context)
{
	const struct timeval patience = {HANDSHAKE_SECONDS, 0};
	struct ssl_st *ssl = crypto_tls_challenges_accept(context);
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	if (ssl && crypto_tls_handshake_fd(ssl, fd))
		(void)crypto_tls_error(); // of whoever connected: nobody's business
	crypto_tls_ssl_free(ssl);
}

static int set(struct client_proof *proof, struct client_trouble *trouble)
{
	struct crypto_tls_challenges *challenges;
	int error = crypto_tls_challenges_new(&challenges);
	if (error)
		return error;
	const struct client_listener listener = {proof->options->tls_port, answer, challenges,
						 "Is a web server on it? Then take another proof: --webroot with its folder, --proof xmpp or --proof dns."};
	error = add_all(challenges, proof);
	if (!error)
		error = client_listener_start(&listener, &proof->listener, trouble); // in whose process they live on
	crypto_tls_challenges_free(challenges);
	return error;
}

static void clear(struct client_proof *proof)
{
	client_listener_stop(&proof->listener);
}

const struct client_proof_kind client_proof_tls = {
	"tls", "tls-alpn-01", set, clear,
	"The CA has to reach port 443 of every address that the name has in the DNS, and to find this machine there. Where that can't be, take --proof xmpp or --proof dns."};
