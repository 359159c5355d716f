// The rig as a client: connections that say what a test wants, and requests that are signed.
#include <jansson.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "front_rig.h"
#include "packets.h"

enum { PATIENCE_S = 10 };

struct client rig_client(struct rig *rig, bool https)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		.sin_port = htons((uint16_t)(https ? rig->https_port : rig->http_port))};
	struct client client = {.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
	const struct timeval patience = {.tv_sec = PATIENCE_S};
	(void)setsockopt(client.fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	assert_int_equal(connect(client.fd, (struct sockaddr *)&address, sizeof(address)), 0);
	if (!https)
		return client;
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());
	SSL_CTX_set_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF);
	client.context = context;
	client.ssl = SSL_new(context);
	assert_int_equal(SSL_set_fd(client.ssl, client.fd), 1);
	assert_int_equal(SSL_connect(client.ssl), 1);
	return client;
}

void client_close(struct client *client)
{
	SSL_free(client->ssl);
	SSL_CTX_free(client->context);
	(void)close(client->fd);
	buf_free(&client->in);
}

void client_send(struct client *client, struct view bytes)
{
	(void)signal(SIGPIPE, SIG_IGN);
	if (client->ssl)
		assert_true(SSL_write(client->ssl, bytes.ptr, (int)bytes.len) == (int)bytes.len);
	else
		assert_true(send(client->fd, bytes.ptr, bytes.len, MSG_NOSIGNAL) == (ssize_t)bytes.len);
}

// False: the end.
static bool receive_some(struct client *client)
{
	uint8_t bytes[16384];
	ssize_t len = client->ssl ? SSL_read(client->ssl, bytes, sizeof(bytes)) : recv(client->fd, bytes, sizeof(bytes), 0);
	if (len > 0)
		buf_add(&client->in, view_bytes(bytes, (size_t)len));
	return len > 0;
}

bool client_ended(struct client *client, int timeout_ms)
{
	return client->in.len == 0 && packets_readable(client->fd, timeout_ms) && !receive_some(client);
}

const char *response_header(struct rig *rig, const struct response *response, const char *name)
{
	struct view rest = response->head;
	for (size_t end; (end = view_index(rest, '\n', 0)) != SIZE_MAX; rest = view_sub(rest, end + 1, SIZE_MAX)) {
		struct view line = view_sub(rest, 0, end - 1);
		size_t colon = view_index(line, ':', 0);
		if (colon != SIZE_MAX && view_equal_nocase(view_sub(line, 0, colon), view_str(name)))
			return arena_strdup(&rig->arena, view_sub(line, colon + 2, SIZE_MAX));
	}
	return NULL;
}

bool response_has(struct rig *rig, const struct response *response, const char *name, const char *value)
{
	return strstr(arena_strdup(&rig->arena, response->head), arena_printf(&rig->arena, "\r\n%s: %s\r\n", name, value));
}

struct response client_read(struct rig *rig, struct client *client, bool head)
{
	struct response response = {0};
	const char *end;
	while (!(end = strstr(buf_cstr(&client->in), "\r\n\r\n")))
		if (!receive_some(client))
			fail_msg("the connection ended before a response: \"%s\"", buf_cstr(&client->in));
	size_t head_len = (size_t)(end - (const char *)client->in.ptr) + 4;
	response.head = arena_copy(&rig->arena, view_sub(buf_view(&client->in), 0, head_len));
	response.status = (unsigned)strtoul((const char *)response.head.ptr + strlen("HTTP/1.1 "), NULL, 10);
	const char *length = response_header(rig, &response, "Content-Length");
	size_t body_len = head || !length ? 0 : strtoul(length, NULL, 10);
	while (client->in.len < head_len + body_len)
		assert_true(receive_some(client));
	response.body = arena_copy(&rig->arena, view_sub(buf_view(&client->in), head_len, body_len));
	struct view rest = arena_copy(&rig->arena, view_sub(buf_view(&client->in), head_len + body_len, SIZE_MAX));
	buf_clear(&client->in);
	buf_add(&client->in, rest);
	return response;
}

void assert_problem(struct rig *rig, const struct response *response, unsigned status, const char *type)
{
	json_t *json = json_loadb((const char *)response->body.ptr, response->body.len, 0, NULL);
	const char *is = json_string_value(json_object_get(json, "type"));
	const char *want = arena_printf(&rig->arena, "urn:ietf:params:acme:error:%s", type);
	assert_int_equal(response->status, status);
	assert_string_equal(response_header(rig, response, "Content-Type"), "application/problem+json");
	assert_non_null(is);
	assert_string_equal(is, want);
	assert_int_equal(json_integer_value(json_object_get(json, "status")), status);
	assert_non_null(json_string_value(json_object_get(json, "detail")));
	assert_true(response_has(rig, response, "Link", arena_printf(&rig->arena, "<%s/acme/directory>;rel=\"index\"", rig->url)));
	assert_string_equal(response_header(rig, response, "Cache-Control"), "no-store");
	json_decref(json);
}

struct response rig_get(struct rig *rig, bool https, const char *method, const char *path, const char *headers)
{
	struct client client = rig_client(rig, https);
	client_send(&client, view_str(arena_printf(&rig->arena, "%s %s HTTP/1.1\r\nHost: localhost\r\n%s\r\n", method, path, headers)));
	struct response response = client_read(rig, &client, strcmp(method, "HEAD") == 0);
	client_close(&client);
	return response;
}

const char *rig_nonce(struct rig *rig)
{
	struct response response = rig_get(rig, true, "HEAD", "/acme/new-nonce", "");
	const char *nonce = response_header(rig, &response, "Replay-Nonce");
	assert_non_null(nonce);
	return nonce;
}

struct client rig_post(struct rig *rig, const char *path, struct view body)
{
	struct client client = rig_client(rig, true);
	cleanup_buf bytes = BUF_INIT;
	buf_addf(&bytes, "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/jose+json\r\nContent-Length: %zu\r\n\r\n", path, body.len);
	buf_add(&bytes, body);
	client_send(&client, buf_view(&bytes));
	return client;
}

struct view rig_sign(struct rig *rig, const struct crypto_key *key, const char *kid, const char *nonce, const char *path, const char *payload)
{
	cleanup_buf text = BUF_INIT;
	const char *url = arena_printf(&rig->arena, "%s%s", rig->url, path);
	assert_int_equal(jws_sign(key, view_str(kid), view_str(nonce ? nonce : rig_nonce(rig)), view_str(url), view_str(payload), &text), 0);
	return arena_copy(&rig->arena, buf_view(&text));
}

const char *rig_kid(struct rig *rig, int64_t account)
{
	return arena_printf(&rig->arena, "%s/acme/account/%lld", rig->url, (long long)account);
}
