#include "role/mailer/relay.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "config/address.h"
#include "role/mailer/reply.h"
#include "role/validator/tools.h"
#include "validate/curl_loop.h"
#include "validate/target.h"

enum {
	PASSWORD_MAX = 1024,
	TRUST_MAX = 4 * 1024 * 1024,
	CONNECT_SECONDS = 15, // to the end of the greeting, TLS and log-in
	TRANSFER_SECONDS = 60,
	IDLE_SECONDS = 20,    // a connection waits so long for another letter
	SOCKETS_MAX = 64,
};

#define SYSTEM_TRUST "/etc/ssl/certs/ca-certificates.crt"

struct mailer_relay {
	const struct config *config;
	struct challenge_tools tools; // the resolver, and the loop
	struct address_networks allowed;   // the tools' own
	struct address_network everywhere; // the relay may be on this machine
	struct buf url, password, trust;
	int sockets[SOCKETS_MAX]; // of libcurl's connections
	size_t socket_count;
};

struct mailer_transfer {
	struct mailer_relay *relay;
	mailer_relay_done *done;
	void *context;
	struct target_lookup *lookup;
	CURL *easy;
	struct curl_slist *resolve, *recipients;
	struct curl_transfer *running;
	struct view rest; // of the text
	struct arena arena;
	const char *from, *to;
	struct mailer_reply reply;
	char why[CURL_ERROR_SIZE];
};

// --- the relay

static int read_password(struct mailer_relay *relay)
{
	const char *path = relay->config->mail_password_file;
	int error = path ? file_read(path, PASSWORD_MAX, &relay->password) : XICA_OK;
	if (error) {
		log_error("mail: password-file: %s can't be read: %s", path, xica_strerror(error));
		return error;
	}
	while (relay->password.len && strchr("\r\n", relay->password.ptr[relay->password.len - 1]))
		buf_truncate(&relay->password, relay->password.len - 1);
	return buf_cstr(&relay->password) ? XICA_OK : XICA_ENOMEM;
}

static int read_trust(struct mailer_relay *relay)
{
	const char *path = relay->config->mail_trust ? relay->config->mail_trust : SYSTEM_TRUST;
	if (!relay->config->mail_tls)
		return XICA_OK;
	int error = file_read(path, TRUST_MAX, &relay->trust);
	if (error)
		log_error("mail: trust: %s, by which the relay's certificate is checked, can't be read: %s", path, xica_strerror(error));
	return error;
}

// smtp://HOST:PORT/NAME, where NAME is what we greet with.
static int make_url(struct mailer_relay *relay)
{
	const struct config *config = relay->config;
	const char *name = strstr(config->url, "://") + 3;
	buf_addf(&relay->url, strchr(config->mail_relay_host, ':') ? "%s://[%s]:%u/%.*s" : "%s://%s:%u/%.*s", config->mail_relay_tls ? "smtps" : "smtp",
		 config->mail_relay_host, config->mail_relay_port, (int)strcspn(name, ":/"), name);
	return buf_cstr(&relay->url) ? XICA_OK : XICA_ENOMEM;
}

int mailer_relay_open(struct event_base *base, const struct config *config, struct mailer_relay **ret_relay)
{
	struct mailer_relay *relay = calloc(1, sizeof(*relay));
	if (!relay)
		return XICA_ENOMEM;
	relay->config = config;
	int error = validator_tools_open(base, config, &relay->tools);
	if (error) {
		free(relay);
		return error;
	}
	relay->allowed = relay->tools.networks;
	relay->tools.networks = (struct address_networks){&relay->everywhere, 1};
	error = make_url(relay);
	if (!error)
		error = read_password(relay);
	if (!error)
		error = read_trust(relay);
	if (error) {
		mailer_relay_free(relay);
		return error;
	}
	*ret_relay = relay;
	return XICA_OK;
}

// libcurl ends its connections with QUIT, and waits for the answer.
void mailer_relay_hang_up(struct mailer_relay *relay)
{
	for (size_t i = 0; i < relay->socket_count; i++)
		(void)shutdown(relay->sockets[i], SHUT_RDWR);
}

void mailer_relay_free(struct mailer_relay *relay)
{
	if (!relay)
		return;
	mailer_relay_hang_up(relay);
	relay->tools.networks = relay->allowed;
	validator_tools_close(&relay->tools);
	buf_free(&relay->url);
	buf_wipe(&relay->password);
	buf_free(&relay->trust);
	free(relay);
}

// --- one transfer

void mailer_relay_cancel(struct mailer_transfer *transfer)
{
	if (!transfer)
		return;
	target_lookup_cancel(transfer->lookup);
	if (transfer->running) // the goodbye of one that is given up waits no longer than this
		(void)curl_easy_setopt(transfer->easy, CURLOPT_SERVER_RESPONSE_TIMEOUT, 1L);
	curl_loop_remove(transfer->running);
	if (transfer->easy)
		curl_easy_cleanup(transfer->easy);
	curl_slist_free_all(transfer->resolve);
	curl_slist_free_all(transfer->recipients);
	arena_free(&transfer->arena);
	free(transfer);
}

static void finish(struct mailer_transfer *transfer, const struct mailer_outcome *outcome)
{
	transfer->done(outcome, transfer->context);
	mailer_relay_cancel(transfer);
}

static void on_done(CURL *easy, CURLcode code, void *context)
{
	struct mailer_transfer *transfer = context;
	(void)easy;
	transfer->running = NULL;
	const struct mailer_outcome outcome = mailer_reply_outcome(&transfer->reply, code, transfer->why);
	finish(transfer, &outcome);
}

static size_t on_text(char *into, size_t size, size_t count, void *context)
{
	struct mailer_transfer *transfer = context;
	struct view part = view_sub(transfer->rest, 0, size * count);
	if (part.len)
		memcpy(into, part.ptr, part.len);
	transfer->rest = view_sub(transfer->rest, part.len, SIZE_MAX);
	return part.len;
}

// Who refused has nothing more to say: for the answer to our QUIT we don't wait long.
static size_t on_reply(char *line, size_t size, size_t count, void *context)
{
	struct mailer_transfer *transfer = context;
	mailer_reply_add(&transfer->reply, view_bytes(line, size * count));
	if (transfer->reply.code >= 400)
		(void)curl_easy_setopt(transfer->easy, CURLOPT_SERVER_RESPONSE_TIMEOUT, 1L);
	return size * count;
}

static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *to)
{
	struct mailer_relay *relay = context;
	(void)purpose;
	if (relay->socket_count == SOCKETS_MAX)
		return CURL_SOCKET_BAD;
	int fd = socket(to->family, to->socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, to->protocol);
	if (fd >= 0)
		relay->sockets[relay->socket_count++] = fd;
	return fd;
}

static int close_socket(void *context, curl_socket_t fd)
{
	struct mailer_relay *relay = context;
	for (size_t i = 0; i < relay->socket_count; i++)
		if (relay->sockets[i] == fd) {
			relay->sockets[i] = relay->sockets[--relay->socket_count];
			break;
		}
	return close(fd);
}

#define SET(option, value) (curl_easy_setopt(transfer->easy, option, value) == CURLE_OK)

static bool set_security(struct mailer_transfer *transfer)
{
	const struct mailer_relay *relay = transfer->relay;
	const struct config *config = relay->config;
	struct curl_blob trust = {relay->trust.ptr, relay->trust.len, CURL_BLOB_NOCOPY};
	if (config->mail_user && !(SET(CURLOPT_USERNAME, config->mail_user) && SET(CURLOPT_PASSWORD, (const char *)relay->password.ptr) &&
				   SET(CURLOPT_LOGIN_OPTIONS, "AUTH=PLAIN;AUTH=LOGIN")))
		return false;
	if (!config->mail_tls)
		return SET(CURLOPT_USE_SSL, (long)CURLUSESSL_NONE);
	return SET(CURLOPT_USE_SSL, (long)CURLUSESSL_ALL) && SET(CURLOPT_SSL_VERIFYPEER, 1L) && SET(CURLOPT_SSL_VERIFYHOST, 2L) &&
	       SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) && SET(CURLOPT_CAINFO, NULL) && SET(CURLOPT_CAPATH, NULL) &&
	       SET(CURLOPT_CAINFO_BLOB, &trust);
}

// As for the validator: no environment, no file, no name service.
static bool set_options(struct mailer_transfer *transfer)
{
	struct mailer_relay *relay = transfer->relay;
	return SET(CURLOPT_URL, (const char *)relay->url.ptr) && SET(CURLOPT_PROTOCOLS_STR, "smtp,smtps") && SET(CURLOPT_RESOLVE, transfer->resolve) &&
	       SET(CURLOPT_PROXY, "") && SET(CURLOPT_NOPROXY, "*") && SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED) && SET(CURLOPT_NOSIGNAL, 1L) &&
	       SET(CURLOPT_UPLOAD, 1L) && SET(CURLOPT_INFILESIZE_LARGE, (curl_off_t)transfer->rest.len) && SET(CURLOPT_READFUNCTION, on_text) &&
	       SET(CURLOPT_READDATA, transfer) && SET(CURLOPT_HEADERFUNCTION, on_reply) && SET(CURLOPT_HEADERDATA, transfer) &&
	       SET(CURLOPT_MAIL_FROM, transfer->from) && SET(CURLOPT_MAIL_RCPT, transfer->recipients) && SET(CURLOPT_ERRORBUFFER, transfer->why) &&
	       SET(CURLOPT_OPENSOCKETFUNCTION, open_socket) && SET(CURLOPT_OPENSOCKETDATA, relay) && SET(CURLOPT_CLOSESOCKETFUNCTION, close_socket) &&
	       SET(CURLOPT_CLOSESOCKETDATA, relay) && SET(CURLOPT_TIMEOUT, (long)TRANSFER_SECONDS) && SET(CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS) &&
	       SET(CURLOPT_SERVER_RESPONSE_TIMEOUT, 2L * TRANSFER_SECONDS) && SET(CURLOPT_MAXAGE_CONN, (long)IDLE_SECONDS) && set_security(transfer);
}

static int run(struct mailer_transfer *transfer)
{
	transfer->recipients = curl_slist_append(NULL, transfer->to);
	transfer->easy = curl_easy_init();
	if (!transfer->recipients || !transfer->easy || !set_options(transfer))
		return XICA_ENOMEM;
	return curl_loop_add(transfer->relay->tools.curl, transfer->easy, on_done, transfer, &transfer->running);
}

// "HOST:PORT:ADDRESS,ADDRESS" for CURLOPT_RESOLVE
static int keep_addresses(struct mailer_transfer *transfer, const struct target *target)
{
	cleanup_buf entry = BUF_INIT;
	const struct config *config = transfer->relay->config;
	buf_addf(&entry, "%s:%u:", config->mail_relay_host, config->mail_relay_port);
	for (size_t i = 0; i < target->count; i++) {
		char text[ADDRESS_TEXT_LEN];
		buf_addf(&entry, target->list[i].v4 ? "%s%s" : "%s[%s]", i ? "," : "", address_text(&target->list[i], text));
	}
	const char *line = buf_cstr(&entry);
	transfer->resolve = line ? curl_slist_append(NULL, line) : NULL;
	return transfer->resolve ? XICA_OK : XICA_ENOMEM;
}

static void on_addresses(const struct target *target, void *context)
{
	struct mailer_transfer *transfer = context;
	struct mailer_outcome outcome = {IPC_MAILED_LATER, target->failure.detail, true};
	transfer->lookup = NULL;
	if (target->count) {
		int error = keep_addresses(transfer, target);
		if (!error)
			error = run(transfer);
		if (!error)
			return;
		outcome.detail = xica_strerror(error);
	}
	finish(transfer, &outcome);
}

static bool needs_lookup(const struct config *config)
{
	return !config_address_is_ip(config->mail_relay_host) && strcmp(config->mail_relay_host, "localhost");
}

static int begin(struct mailer_transfer *transfer, struct view from, struct view to)
{
	const struct config *config = transfer->relay->config;
	transfer->from = arena_printf(&transfer->arena, "<%.*s>", VIEW_FMT(from));
	transfer->to = arena_printf(&transfer->arena, "<%.*s>", VIEW_FMT(to));
	if (!transfer->from || !transfer->to)
		return XICA_ENOMEM;
	if (!needs_lookup(config))
		return run(transfer);
	return target_lookup_start(&transfer->relay->tools, view_str(config->mail_relay_host), on_addresses, transfer, &transfer->lookup);
}

int mailer_relay_start(struct mailer_relay *relay, struct view from, struct view to, struct view text, mailer_relay_done *done, void *context,
		       struct mailer_transfer **ret_transfer)
{
	struct mailer_transfer *transfer = calloc(1, sizeof(*transfer));
	if (!transfer)
		return XICA_ENOMEM;
	*transfer = (struct mailer_transfer){.relay = relay, .done = done, .context = context, .rest = text};
	int error = begin(transfer, from, to);
	if (error) {
		mailer_relay_cancel(transfer);
		return error;
	}
	*ret_transfer = transfer;
	return XICA_OK;
}
