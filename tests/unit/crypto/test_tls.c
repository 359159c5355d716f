#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "base/file.h"
#include "check.h"
#include "crypto/key.h"
#include "crypto/tls.h"

static struct buf chain, key; // of tests/vectors/keys/tls.*

static int read_vectors(void **state)
{
	(void)state;
	return file_read(TEST_VECTORS "/keys/tls.crt", 1 << 16, &chain) || file_read(TEST_VECTORS "/keys/tls.key", 1 << 16, &key);
}

static int free_vectors(void **state)
{
	(void)state;
	buf_free(&chain);
	buf_free(&key);
	return 0;
}

struct link { // two ends joined in memory
	struct ssl_st *client;
	struct ssl_st *server;
};

static struct link join(struct ssl_st *client, struct ssl_st *server)
{
	BIO *a = NULL, *b = NULL;
	assert_non_null(client);
	assert_non_null(server);
	assert_int_equal(BIO_new_bio_pair(&a, 0, &b, 0), 1);
	SSL_set_bio(client, a, a);
	SSL_set_bio(server, b, b);
	return (struct link){client, server};
}

static void part(struct link link)
{
	crypto_tls_ssl_free(link.client);
	crypto_tls_ssl_free(link.server);
	ERR_clear_error();
}

static bool shake_hands(struct link link)
{
	bool client = false, server = false;
	for (int i = 0; i < 20 && !(client && server); i++) {
		client = SSL_do_handshake(link.client) == 1;
		server = SSL_do_handshake(link.server) == 1;
	}
	return client && server;
}

static struct crypto_tls_server *make_server(void)
{
	struct crypto_tls_server *server = NULL;
	assert_int_equal(crypto_tls_server_new(buf_view(&chain), buf_view(&key), &server), 0);
	return server;
}

static struct crypto_tls_client *make_client(const char *alpn)
{
	struct crypto_tls_client *client = NULL;
	assert_int_equal(crypto_tls_client_new(view_str(alpn), &client), 0);
	return client;
}

static void a_client_sees_the_certificate_and_agrees_on_http11(void **state)
{
	(void)state;
	struct crypto_tls_server *server = make_server();
	struct crypto_tls_client *client = make_client("http/1.1");
	struct link link = join(crypto_tls_connect(client, "tls.example"), crypto_tls_accept(server));
	cleanup_buf der = BUF_INIT;
	crypto_tls_server_free(server); // connections under way live on
	crypto_tls_client_free(client);
	assert_true(shake_hands(link));
	assert_string_equal(crypto_tls_version(link.client), "TLSv1.3");
	assert_view(crypto_tls_alpn(link.client), "http/1.1");
	assert_view(crypto_tls_alpn(link.server), "http/1.1");
	assert_string_equal(SSL_get_servername(link.server, TLSEXT_NAMETYPE_host_name), "tls.example");
	assert_int_equal(crypto_tls_peer_certificate(link.client, &der), 0);
	assert_true(der.len > 200 && der.ptr[0] == 0x30);
	assert_int_equal(sk_X509_num(SSL_get_peer_cert_chain(link.client)), 2); // the whole chain is sent
	assert_int_equal(crypto_tls_peer_certificate(link.server, &der), XICA_ENOTFOUND);
	part(link);
}

static void a_client_without_alpn_and_without_sni_is_served(void **state)
{
	(void)state;
	struct crypto_tls_server *server = make_server();
	struct crypto_tls_client *client = make_client(NULL);
	struct link link = join(crypto_tls_connect(client, NULL), crypto_tls_accept(server));
	assert_true(shake_hands(link));
	assert_int_equal(crypto_tls_alpn(link.server).len, 0);
	part(link);
	crypto_tls_client_free(client);
	crypto_tls_server_free(server);
}

static void a_client_that_offers_other_protocols_alone_is_refused(void **state)
{
	(void)state;
	struct crypto_tls_server *server = make_server();
	struct crypto_tls_client *client = make_client("acme-tls/1");
	struct link link = join(crypto_tls_connect(client, "tls.example"), crypto_tls_accept(server));
	assert_false(shake_hands(link));
	assert_string_not_equal(crypto_tls_error(), "no error");
	assert_string_equal(crypto_tls_error(), "no error"); // the queue is empty now
	part(link);
	crypto_tls_client_free(client);
	crypto_tls_server_free(server);
}

static void tls_1_2_is_spoken_and_tls_1_1_is_not(void **state)
{
	(void)state;
	struct crypto_tls_server *server = make_server();
	struct crypto_tls_client *client = make_client(NULL);
	struct link link = join(crypto_tls_connect(client, NULL), crypto_tls_accept(server));
	SSL_set_max_proto_version(link.client, TLS1_2_VERSION);
	assert_true(shake_hands(link));
	assert_string_equal(crypto_tls_version(link.server), "TLSv1.2");
	part(link);

	link = join(crypto_tls_connect(client, NULL), crypto_tls_accept(server));
	SSL_set_security_level(link.client, 0);
	SSL_set_min_proto_version(link.client, TLS1_VERSION);
	SSL_set_max_proto_version(link.client, TLS1_1_VERSION);
	SSL_set_cipher_list(link.client, "ALL");
	assert_false(shake_hands(link));
	part(link);
	crypto_tls_client_free(client);
	crypto_tls_server_free(server);
}

static void suites_without_forward_secrecy_are_refused(void **state)
{
	(void)state;
	struct crypto_tls_server *server = make_server();
	struct crypto_tls_client *client = make_client(NULL);
	struct link link = join(crypto_tls_connect(client, NULL), crypto_tls_accept(server));
	SSL_set_max_proto_version(link.client, TLS1_2_VERSION);
	assert_int_equal(SSL_set_cipher_list(link.client, "ECDHE-ECDSA-AES128-SHA256:AES128-GCM-SHA256"), 1);
	assert_false(shake_hands(link));
	part(link);
	crypto_tls_client_free(client);
	crypto_tls_server_free(server);
}

static void a_key_of_another_certificate_is_refused(void **state)
{
	(void)state;
	struct crypto_tls_server *server = NULL;
	cleanup_key *other = NULL;
	cleanup_buf pem = BUF_INIT;
	assert_int_equal(crypto_key_generate(CRYPTO_KEY_P256, 0, &other), 0);
	assert_int_equal(crypto_key_to_pem(other, VIEW_NONE, &pem), 0);
	assert_int_equal(crypto_tls_server_new(buf_view(&chain), buf_view(&pem), &server), XICA_EINVAL);
	assert_null(server);
}

static void damaged_files_are_refused(void **state)
{
	(void)state;
	struct crypto_tls_server *server = NULL;
	cleanup_buf damaged = BUF_INIT;
	assert_int_equal(crypto_tls_server_new(VIEW_NONE, buf_view(&key), &server), XICA_EPARSE);
	assert_int_equal(crypto_tls_server_new(buf_view(&chain), VIEW_NONE, &server), XICA_EPARSE);
	assert_int_equal(crypto_tls_server_new(buf_view(&key), buf_view(&chain), &server), XICA_EPARSE);
	buf_add(&damaged, buf_view(&chain));
	buf_add_str(&damaged, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
	assert_int_equal(crypto_tls_server_new(buf_view(&damaged), buf_view(&key), &server), XICA_EPARSE);
	assert_null(server);
}

static void a_protocol_or_a_host_name_that_is_too_long_is_refused(void **state)
{
	(void)state;
	char name[300];
	struct crypto_tls_client *none = NULL, *client = make_client(NULL);
	memset(name, 'a', sizeof(name));
	name[sizeof(name) - 1] = 0;
	assert_int_equal(crypto_tls_client_new(view_str(name), &none), XICA_EINVAL);
	assert_null(none);
	assert_null(crypto_tls_connect(client, name));
	crypto_tls_client_free(client);
	crypto_tls_client_free(NULL);
	crypto_tls_server_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_client_sees_the_certificate_and_agrees_on_http11),
		cmocka_unit_test(a_client_without_alpn_and_without_sni_is_served),
		cmocka_unit_test(a_client_that_offers_other_protocols_alone_is_refused),
		cmocka_unit_test(tls_1_2_is_spoken_and_tls_1_1_is_not),
		cmocka_unit_test(suites_without_forward_secrecy_are_refused),
		cmocka_unit_test(a_key_of_another_certificate_is_refused),
		cmocka_unit_test(damaged_files_are_refused),
		cmocka_unit_test(a_protocol_or_a_host_name_that_is_too_long_is_refused),
	};
	return cmocka_run_group_tests(tests, read_vectors, free_vectors);
}
