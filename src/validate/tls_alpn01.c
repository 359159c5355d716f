#include "validate/tls_alpn01.h"

#include <errno.h>
#include <event2/bufferevent_ssl.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/tls.h"
#include "validate/acme_identifier.h"
#include "validate/target.h"

struct challenge_run {
	const struct challenge_tools *tools;
	challenge_done *done;
	void *context;
	const char *host;
	uint8_t digest[CRYPTO_SHA256_LEN];
	struct target target;
	size_t next;            // address of it
	bool connected;         // TCP: from now on failures are TLS failures
	struct target_lookup *lookup;
	struct bufferevent *tcp, *tls; // one after the other: at most one of them is there
	struct event *limit;
	struct arena arena;
};

static void hang_up(struct challenge_run *run)
{
	if (run->tls)
		bufferevent_free(run->tls);
	else if (run->tcp)
		bufferevent_free(run->tcp);
	run->tls = run->tcp = NULL;
}

static void cancel(struct challenge_run *run)
{
	if (!run)
		return;
	target_lookup_cancel(run->lookup);
	hang_up(run);
	if (run->limit)
		event_free(run->limit);
	arena_free(&run->arena);
	free(run);
}

static void finish(struct challenge_run *run, enum acme_problem_type problem, const char *detail)
{
	struct challenge_outcome outcome = {problem, detail};
	run->done(&outcome, run->context);
	cancel(run);
}

// "example.org (192.0.2.7 port 443)"
static const char *where(struct challenge_run *run)
{
	char text[ADDRESS_TEXT_LEN];
	const char *made = arena_printf(&run->arena, "%s (%s port %u)", run->host, address_text(&run->target.list[run->next - 1], text),
					run->tools->tlsalpn01_port);
	return made ? made : run->host;
}

static void judge_certificate(struct challenge_run *run, struct ssl_st *ssl)
{
	cleanup_buf der = BUF_INIT;
	const char *why = NULL;
	if (crypto_tls_peer_certificate(ssl, &der)) {
		finish(run, ACME_TLS, arena_printf(&run->arena, "%s showed no certificate", where(run)));
		return;
	}
	int error = acme_identifier_check(buf_view(&der), view_str(run->host), run->digest, &why);
	if (!error)
		finish(run, ACME_PROBLEM_NONE, arena_printf(&run->arena, "%s showed the certificate by %s", where(run), crypto_tls_version(ssl)));
	else if (error == XICA_EPARSE || error == XICA_EDENIED)
		finish(run, ACME_INCORRECT_RESPONSE, arena_printf(&run->arena, "the certificate that %s showed for acme-tls/1 %s", where(run), why));
	else
		finish(run, ACME_SERVER_INTERNAL, xica_strerror(error));
}

// RFC 8737 §3 asks for TLS 1.2 or newer; that older versions aren't offered is one guard, this is the other.
static void judge(struct challenge_run *run)
{
	struct ssl_st *ssl = bufferevent_openssl_get_ssl(run->tls);
	const char *version = crypto_tls_version(ssl);
	if (!version || (strcmp(version, "TLSv1.2") != 0 && strcmp(version, "TLSv1.3") != 0))
		finish(run, ACME_TLS, arena_printf(&run->arena, "%s speaks %.20s; tls-alpn-01 needs TLS 1.2 or newer", where(run), version ? version : "no TLS"));
	else if (!view_equal(crypto_tls_alpn(ssl), TLS_ALPN01_PROTOCOL))
		finish(run, ACME_TLS, arena_printf(&run->arena, "%s didn't agree to the protocol acme-tls/1 (ALPN)", where(run)));
	else
		judge_certificate(run, ssl);
}

static void dial(struct challenge_run *run);

static void fail(struct challenge_run *run, const char *why)
{
	if (run->connected)
		finish(run, ACME_TLS, arena_printf(&run->arena, "the TLS handshake with %s failed: %s", where(run), why));
	else if (run->next < run->target.count)
		dial(run);
	else
		finish(run, ACME_CONNECTION, arena_printf(&run->arena, "%s can't be reached: %s", where(run), why));
}

static void on_tls(struct bufferevent *bev, short what, void *context)
{
	struct challenge_run *run = context;
	if (what & BEV_EVENT_CONNECTED) {
		judge(run);
		return;
	}
	const char *reason = crypto_tls_reason(bufferevent_get_openssl_error(bev)); // says so when it knows no acme-tls/1, or TLS 1.1 alone
	fail(run, reason ? reason : "it closed the connection");
}

static void shake_hands(struct challenge_run *run)
{
	static const struct timeval LIMIT = {.tv_sec = TLS_ALPN01_HANDSHAKE_TIMEOUT};
	struct ssl_st *ssl = crypto_tls_connect(run->tools->tls, run->host);
	evutil_socket_t fd = bufferevent_getfd(run->tcp);
	run->connected = true;
	if (!ssl || event_add(run->limit, &LIMIT) || bufferevent_setfd(run->tcp, -1)) { // the socket goes over to the TLS side
		crypto_tls_ssl_free(ssl);
		finish(run, ACME_SERVER_INTERNAL, xica_strerror(XICA_ENOMEM));
		return;
	}
	bufferevent_free(run->tcp);
	run->tcp = NULL;
	run->tls = bufferevent_openssl_socket_new(run->tools->base, fd, ssl, BUFFEREVENT_SSL_CONNECTING, BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
	if (!run->tls) { // ssl is gone with it
		(void)evutil_closesocket(fd);
		finish(run, ACME_SERVER_INTERNAL, xica_strerror(XICA_ENOMEM));
		return;
	}
	bufferevent_setcb(run->tls, NULL, NULL, on_tls, run);
	(void)bufferevent_enable(run->tls, EV_READ | EV_WRITE);
}

static void on_tcp(struct bufferevent *bev, short what, void *context)
{
	struct challenge_run *run = context;
	(void)bev;
	if (what & BEV_EVENT_CONNECTED) {
		shake_hands(run);
		return;
	}
	const char *text = strerrordesc_np(EVUTIL_SOCKET_ERROR());
	fail(run, text ? text : "no connection came about");
}

static void on_limit(evutil_socket_t fd, short what, void *context)
{
	(void)fd, (void)what;
	fail(context, "no answer in time");
}

static void dial(struct challenge_run *run)
{
	static const struct timeval LIMIT = {.tv_sec = TLS_ALPN01_CONNECT_TIMEOUT};
	struct sockaddr_storage to;
	const struct address *address = &run->target.list[run->next++];
	hang_up(run);
	run->tcp = bufferevent_socket_new(run->tools->base, -1, BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
	if (!run->tcp || event_add(run->limit, &LIMIT)) {
		finish(run, ACME_SERVER_INTERNAL, xica_strerror(XICA_ENOMEM));
		return;
	}
	bufferevent_setcb(run->tcp, NULL, NULL, on_tcp, run);
	socklen_t len = address_to_sockaddr(address, run->tools->tlsalpn01_port, &to);
	if (address_refusal(address, run->tools->networks))
		finish(run, ACME_CONNECTION, arena_printf(&run->arena, "%s can't be used", where(run)));
	else if (bufferevent_socket_connect(run->tcp, (const struct sockaddr *)&to, (int)len))
		fail(run, "no connection came about");
}

static void on_target(const struct target *target, void *context)
{
	struct challenge_run *run = context;
	run->lookup = NULL;
	run->target = *target;
	if (target->count)
		dial(run);
	else
		finish(run, target->failure.problem, target->failure.detail);
}

static int start(const struct challenge_tools *tools, const struct challenge_request *request, challenge_done *done, void *context,
		 struct challenge_run **ret_run)
{
	struct challenge_run *run = calloc(1, sizeof(*run));
	if (!run)
		return XICA_ENOMEM;
	*run = (struct challenge_run){.tools = tools, .done = done, .context = context};
	run->host = arena_strdup(&run->arena, request->identifier.value);
	run->limit = evtimer_new(tools->base, on_limit, run);
	int error = run->host && run->limit ? challenge_digest(request, run->digest) : XICA_ENOMEM;
	if (!error)
		error = target_lookup_start(tools, request->identifier.value, on_target, run, &run->lookup);
	if (error) {
		cancel(run);
		return error;
	}
	*ret_run = run;
	return XICA_OK;
}

const struct challenge_method challenge_tls_alpn01 = {
	.name = "tls-alpn-01",
	.method = RECEIPT_TLS_ALPN_01,
	.proves_wildcard = false,
	.proves_service = false,
	.start = start,
	.cancel = cancel,
};
