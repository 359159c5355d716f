// The certificate of tls-alpn-01 as the validator wants it, and the server that shows it: each name its own, and nothing to anybody else.
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "client/challenge_certificate.h"
#include "crypto/tls_challenges.h"
#include "crypto/tls_fd.h"
#include "validate/acme_identifier.h"

static const char AUTHORIZATION[] = "token.thumbprint", OTHER[] = "token.another";

static void digest_of(const char *text, uint8_t digest[CRYPTO_SHA256_LEN])
{
	assert_int_equal(crypto_sha256(view_str(text), digest), 0);
}

static void make(const char *name, const char *authorization, struct crypto_key **ret_key, struct buf *der)
{
	assert_int_equal(crypto_key_generate(CRYPTO_KEY_P256, 0, ret_key), 0);
	assert_int_equal(client_challenge_certificate(*ret_key, view_str(name), authorization, clock_now(), der), 0);
}

static void the_validator_takes_it_for_this_name_and_key_authorization_alone(void **state)
{
	cleanup_key *key = NULL;
	cleanup_buf der = BUF_INIT;
	uint8_t right[CRYPTO_SHA256_LEN], wrong[CRYPTO_SHA256_LEN];
	const char *why = NULL;
	(void)state;
	make("example.org", AUTHORIZATION, &key, &der);
	digest_of(AUTHORIZATION, right);
	digest_of(OTHER, wrong);
	assert_int_equal(acme_identifier_check(buf_view(&der), VIEW_LIT("example.org"), right, &why), 0);
	assert_int_equal(acme_identifier_check(buf_view(&der), VIEW_LIT("example.net"), right, &why), XICA_EDENIED);
	assert_int_equal(acme_identifier_check(buf_view(&der), VIEW_LIT("example.org"), wrong, &why), XICA_EDENIED);
}

// Whether a client that asks for sni with this protocol gets a certificate: which then stands in out.
static bool ask(struct crypto_tls_challenges *challenges, const char *protocol, const char *sni, struct buf *out)
{
	struct crypto_tls_client *client;
	int pair[2];
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	pid_t server = fork();
	if (!server) {
		(void)signal(SIGPIPE, SIG_IGN);
		(void)close(pair[0]);
		struct ssl_st *ssl = crypto_tls_challenges_accept(challenges);
		_exit(ssl && !crypto_tls_handshake_fd(ssl, pair[1]) ? 0 : 1);
	}
	(void)close(pair[1]);
	assert_int_equal(crypto_tls_client_new(view_str(protocol), &client), 0);
	struct ssl_st *ssl = crypto_tls_connect(client, sni);
	bool done = !crypto_tls_handshake_fd(ssl, pair[0]) && view_equal_str(crypto_tls_alpn(ssl), "acme-tls/1") && !crypto_tls_peer_certificate(ssl, out);
	crypto_tls_ssl_free(ssl);
	crypto_tls_client_free(client);
	(void)close(pair[0]);
	(void)waitpid(server, NULL, 0);
	return done;
}

static void each_name_is_shown_its_own_and_nothing_is_shown_to_others(void **state)
{
	cleanup_key *first = NULL, *second = NULL;
	cleanup_buf a = BUF_INIT, b = BUF_INIT, shown = BUF_INIT;
	struct crypto_tls_challenges *challenges;
	(void)state;
	make("a.example.org", AUTHORIZATION, &first, &a);
	make("b.example.org", AUTHORIZATION, &second, &b);
	assert_int_equal(crypto_tls_challenges_new(&challenges), 0);
	assert_int_equal(crypto_tls_challenges_add(challenges, "a.example.org", buf_view(&a), first), 0);
	assert_int_equal(crypto_tls_challenges_add(challenges, "b.example.org", buf_view(&b), first), XICA_EINVAL);
	assert_int_equal(crypto_tls_challenges_add(challenges, "b.example.org", VIEW_LIT("nothing"), second), XICA_EPARSE);
	assert_int_equal(crypto_tls_challenges_add(challenges, "b.example.org", buf_view(&b), second), 0);
	assert_true(ask(challenges, "acme-tls/1", "A.example.org", &shown));
	assert_true(view_equal(buf_view(&shown), buf_view(&a)));
	buf_clear(&shown);
	assert_true(ask(challenges, "acme-tls/1", "b.example.org", &shown));
	assert_true(view_equal(buf_view(&shown), buf_view(&b)));
	assert_false(ask(challenges, "acme-tls/1", "c.example.org", &shown));
	assert_false(ask(challenges, "acme-tls/1", "", &shown));
	assert_false(ask(challenges, "http/1.1", "a.example.org", &shown));
	crypto_tls_challenges_free(challenges);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_validator_takes_it_for_this_name_and_key_authorization_alone),
		cmocka_unit_test(each_name_is_shown_its_own_and_nothing_is_shown_to_others),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
