#include "load_client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/base64url.h"

enum {
	POLL_MS = 5,        // at first; twice as long each time
	POLL_MAX_MS = 200,
	RETRY_MS = 100,     // where nobody said how long
	FAILURES_MAX = 30,  // of one order in a row
};

const char *const load_step_names[LOAD_STEPS] = {"newNonce", "newAccount", "newOrder", "authorization", "challenge", "pollAuthorization", "finalize",
	"pollOrder", "download"};

static void ask(struct load_client *client);

void load_name(const struct load_run *run, size_t order, char *name, size_t size)
{
	(void)snprintf(name, size, "%s-%zu.%s", run->prefix, run->names_each ? order % run->names_each : order, run->suffix);
}

static void set(char **to, struct view text)
{
	free(*to);
	*to = strndup((const char *)text.ptr, text.len);
}

// --- the end of an order

static void lose(struct load_client *client, const struct load_answer *answer)
{
	struct load_run *run = client->run;
	if (!run->first_loss[0])
		(void)snprintf(run->first_loss, sizeof(run->first_loss), "%s: %d %.*s", load_step_names[client->step], answer->status,
			       (int)(answer->body.len < 300 ? answer->body.len : 300), answer->body.ptr ? (const char *)answer->body.ptr : "");
	run->lost++;
	client->busy = false;
	run->idle(run, client);
}

static void succeed(struct load_client *client)
{
	client->run->done++;
	client->busy = false;
	load_times_add(&client->run->whole, load_now_us() - client->begun_us);
	client->run->idle(client->run, client);
}

// --- requests

static void on_timer(evutil_socket_t fd, short what, void *context)
{
	(void)fd, (void)what;
	ask(context);
}

static void ask_in(struct load_client *client, unsigned ms)
{
	const struct timeval later = {.tv_sec = ms / 1000, .tv_usec = (suseconds_t)(ms % 1000) * 1000};
	(void)event_add(client->timer, &later);
}

static void go(struct load_client *client, enum load_step step)
{
	client->step = step;
	client->wait_ms = POLL_MS;
	ask(client);
}

static void poll_again(struct load_client *client, enum load_step step)
{
	if (client->step != step) {
		go(client, step);
		return;
	}
	ask_in(client, client->wait_ms);
	client->wait_ms = client->wait_ms * 2 < POLL_MAX_MS ? client->wait_ms * 2 : POLL_MAX_MS;
}

static const char *url_of(const struct load_client *client)
{
	switch (client->step) {
	case LOAD_NEW_NONCE: return client->run->new_nonce;
	case LOAD_NEW_ACCOUNT: return client->run->new_account;
	case LOAD_NEW_ORDER: return client->run->new_order;
	case LOAD_AUTHORIZATION:
	case LOAD_POLL_AUTHORIZATION: return client->authorization;
	case LOAD_CHALLENGE: return client->challenge;
	case LOAD_FINALIZE: return client->finalize;
	case LOAD_POLL_ORDER: return client->location;
	case LOAD_DOWNLOAD: return client->certificate;
	case LOAD_STEPS: break;
	}
	return "";
}

static void add_payload(const struct load_client *client, struct buf *payload)
{
	char name[256];
	switch (client->step) {
	case LOAD_NEW_ACCOUNT: buf_add_str(payload, "{\"termsOfServiceAgreed\":true}"); return;
	case LOAD_NEW_ORDER:
		load_name(client->run, client->order, name, sizeof(name));
		buf_addf(payload, "{\"identifiers\":[{\"type\":\"dns\",\"value\":\"%s\"}]}", name);
		return;
	case LOAD_CHALLENGE: buf_add_str(payload, "{}"); return;
	case LOAD_FINALIZE:
		buf_add_str(payload, "{\"csr\":\"");
		base64url_encode(payload, buf_view(&client->run->csrs[client->order]));
		buf_add_str(payload, "\"}");
		return;
	case LOAD_NEW_NONCE:
	case LOAD_AUTHORIZATION:
	case LOAD_POLL_AUTHORIZATION:
	case LOAD_POLL_ORDER:
	case LOAD_DOWNLOAD:
	case LOAD_STEPS: return; // POST-as-GET
	}
}

static const char *path_of(const char *url)
{
	const char *authority = strstr(url, "://"), *path = authority ? strchr(authority + 3, '/') : NULL;
	return path ? path : "/";
}

static void write_request(struct load_client *client)
{
	const struct load_run *run = client->run;
	cleanup_buf payload = BUF_INIT, jws = BUF_INIT;
	const char *url = url_of(client), *connection = run->server.keep ? "" : "Connection: close\r\n";
	buf_clear(&client->request);
	if (client->step == LOAD_NEW_NONCE) {
		buf_addf(&client->request, "HEAD %s HTTP/1.1\r\nHost: %s\r\n%s\r\n", path_of(url), run->server.host, connection);
		return;
	}
	add_payload(client, &payload);
	struct view kid = client->step == LOAD_NEW_ACCOUNT ? VIEW_NONE : view_str(client->account->url);
	if (jws_sign(client->account->key, kid, view_str(client->nonce), view_str(url), buf_view(&payload), &jws))
		abort();
	buf_addf(&client->request, "POST %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: xica-bench\r\n%sContent-Type: application/jose+json\r\nContent-Length: %zu\r\n\r\n",
		 path_of(url), run->server.host, connection, jws.len);
	buf_add(&client->request, buf_view(&jws));
}

static void send_request(struct load_client *client)
{
	write_request(client);
	client->run->requests++;
	client->asked_us = load_now_us();
	load_link_ask(client->link, buf_view(&client->request));
}

static void ask(struct load_client *client)
{
	enum load_step step = client->step;
	if (step == LOAD_NEW_NONCE || client->nonce) {
		send_request(client);
		return;
	}
	client->step = LOAD_NEW_NONCE; // a nonce first, and then the same step; asked_us is that of each request
	send_request(client);
	client->step = step;
	client->needs_nonce = true;
}

// --- answers

static const char *text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));
	return text ? text : "";
}

static bool take_order(struct load_client *client, const json_t *order)
{
	const char *url = json_string_value(json_array_get(json_object_get(order, "authorizations"), 0));
	set(&client->finalize, view_str(text_of(order, "finalize")));
	set(&client->authorization, view_str(url ? url : ""));
	return *client->finalize && *client->authorization;
}

static bool take_authorization(struct load_client *client, const json_t *authorization)
{
	size_t i;
	json_t *challenge;
	json_array_foreach(json_object_get(authorization, "challenges"), i, challenge)
	{
		if (strcmp(text_of(challenge, "type"), "http-01") != 0)
			continue;
		set(&client->challenge, view_str(text_of(challenge, "url")));
		return true;
	}
	return false;
}

static bool follow_order(struct load_client *client, const json_t *order)
{
	const char *status = text_of(order, "status");
	if (!strcmp(status, "valid")) {
		set(&client->certificate, view_str(text_of(order, "certificate")));
		go(client, LOAD_DOWNLOAD);
	} else if (!strcmp(status, "processing")) {
		poll_again(client, LOAD_POLL_ORDER);
	} else if (!strcmp(status, "ready")) {
		go(client, LOAD_FINALIZE);
	} else {
		return false;
	}
	return true;
}

static bool follow_authorization(struct load_client *client, const json_t *object)
{
	const char *status = text_of(object, "status");
	if (!strcmp(status, "valid"))
		go(client, LOAD_FINALIZE);
	else if (!strcmp(status, "pending") || !strcmp(status, "processing"))
		poll_again(client, LOAD_POLL_AUTHORIZATION);
	else
		return false;
	return true;
}

static bool follow(struct load_client *client, const struct load_answer *answer, const json_t *json)
{
	switch (client->step) {
	case LOAD_NEW_ORDER:
		set(&client->location, load_answer_header(answer, "Location"));
		if (!take_order(client, json))
			return false;
		go(client, LOAD_AUTHORIZATION);
		return true;
	case LOAD_AUTHORIZATION:
		if (!take_authorization(client, json))
			return false;
		go(client, strcmp(text_of(json, "status"), "valid") ? LOAD_CHALLENGE : LOAD_FINALIZE);
		return true;
	case LOAD_CHALLENGE:
	case LOAD_POLL_AUTHORIZATION: return follow_authorization(client, json);
	case LOAD_FINALIZE:
	case LOAD_POLL_ORDER: return follow_order(client, json);
	case LOAD_DOWNLOAD:
		if (!memmem(answer->body.ptr, answer->body.len, "END CERTIFICATE", 15))
			return false;
		succeed(client);
		return true;
	case LOAD_NEW_NONCE:
	case LOAD_NEW_ACCOUNT:
	case LOAD_STEPS: break;
	}
	return false;
}

static void take_account(struct load_client *client, const struct load_answer *answer)
{
	set(&client->account->url, load_answer_header(answer, "Location"));
	client->run->accounts_left--;
	client->run->idle(client->run, client);
}

static void succeeded(struct load_client *client, const struct load_answer *answer)
{
	client->failures = 0;
	if (client->step == LOAD_NEW_ACCOUNT) {
		take_account(client, answer);
		return;
	}
	json_t *json = client->step == LOAD_DOWNLOAD ? NULL : json_loadb((const char *)answer->body.ptr, answer->body.len, 0, NULL);
	if (!follow(client, answer, json))
		lose(client, answer);
	json_decref(json);
}

// --- refusals

static bool is_problem(const struct load_answer *answer, const char *type)
{
	return answer->body.len && memmem(answer->body.ptr, answer->body.len, type, strlen(type));
}

static unsigned retry_after_ms(struct load_client *client, const struct load_answer *answer)
{
	struct view text = load_answer_header(answer, "Retry-After");
	unsigned seconds = 0;
	for (size_t i = 0; i < text.len && text.ptr[i] >= '0' && text.ptr[i] <= '9'; i++)
		seconds = seconds * 10 + (unsigned)(text.ptr[i] - '0');
	if (!text.len)
		client->run->unavailable_without_retry_after++;
	return text.len && seconds < 600 ? seconds * 1000 + (unsigned)(client->number * 37 % 500) : RETRY_MS;
}

static void refused(struct load_client *client, const struct load_answer *answer)
{
	struct load_run *run = client->run;
	if (++client->failures > FAILURES_MAX) {
		lose(client, answer);
	} else if (!answer->status) {
		run->broken_connections++;
		ask_in(client, RETRY_MS);
	} else if (answer->status == 503 || answer->status == 429) {
		run->retries++;
		ask_in(client, retry_after_ms(client, answer));
	} else if (is_problem(answer, ":badNonce")) {
		run->bad_nonces++;
		ask(client);
	} else if (client->step == LOAD_FINALIZE && is_problem(answer, ":orderNotReady")) {
		go(client, LOAD_POLL_ORDER); // the request that a connection ended on has come through
	} else {
		lose(client, answer);
	}
}

static void on_answer(const struct load_answer *answer, void *context)
{
	struct load_client *client = context;
	bool for_nonce = client->needs_nonce;
	struct view nonce = load_answer_header(answer, "Replay-Nonce");
	if (answer->status > 0 && answer->status < LOAD_STATUS_MAX)
		client->run->statuses[answer->status]++;
	load_times_add(&client->run->steps[for_nonce ? LOAD_NEW_NONCE : client->step], load_now_us() - client->asked_us);
	client->needs_nonce = false;
	free(client->nonce);
	client->nonce = nonce.len ? strndup((const char *)nonce.ptr, nonce.len) : NULL;
	if (answer->status >= 200 && answer->status < 300)
		for_nonce ? ask(client) : succeeded(client, answer);
	else
		refused(client, answer);
}

// --- from outside

void load_client_register(struct load_client *client)
{
	go(client, LOAD_NEW_ACCOUNT);
}

void load_client_order(struct load_client *client, int64_t began_us)
{
	client->busy = true;
	client->order = client->run->next_order++;
	client->begun_us = began_us;
	client->run->begun++;
	go(client, LOAD_NEW_ORDER);
}

int load_client_new(struct load_run *run, struct load_account *account, size_t number, struct load_client *client)
{
	*client = (struct load_client){.run = run, .account = account, .number = number};
	client->timer = evtimer_new(run->server.base, on_timer, client);
	int error = client->timer ? load_link_new(&run->server, on_answer, client, &client->link) : XICA_ENOMEM;
	if (error)
		load_client_free(client);
	return error;
}

void load_client_free(struct load_client *client)
{
	if (client->timer)
		event_free(client->timer);
	load_link_free(client->link);
	free(client->nonce);
	free(client->location);
	free(client->authorization);
	free(client->challenge);
	free(client->finalize);
	free(client->certificate);
	buf_free(&client->request);
	*client = (struct load_client){0};
}
