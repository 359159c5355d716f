#include "role/parent/own.h"

#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "crypto/tls.h"
#include "pki/pem.h"
#include "role/operator_evidence.h"

enum { PEM_MAX_LEN = 1024 * 1024, LOOK_S = XICA_HOUR, RETRY_S = 60, ANSWER_S = 60, TRIES_AT_START = 3 };

static void look_again(struct parent *parent, xica_time seconds)
{
	const struct timeval pause = {seconds, 0};
	if (parent->own.timer && event_add(parent->own.timer, &pause))
		log_error("the site's certificate won't be renewed: out of memory");
}

static void tell_fronts(struct parent *parent)
{
	struct buf message = BUF_INIT;
	ipc_message_begin(&message, IPC_TLS_CERTIFICATE, 0);
	ipc_message_add(&message, IPC_TLS_CHAIN, buf_view(&parent->own.chain));
	ipc_message_add(&message, IPC_TLS_KEY, buf_view(&parent->own.key));
	for (size_t i = PARENT_FRONT; i < parent->role_count; i++) {
		struct parent_role *front = &parent->roles[i];
		if (front->channel && !front->stopping && ipc_channel_send(front->channel, &message))
			log_error("front %u can't be told of the site's new certificate", front->index);
	}
	buf_wipe(&message);
}

// --- from the disk

static int make_key(const char *path, struct buf *pem)
{
	cleanup_key *key = NULL;
	int error = crypto_key_generate(CRYPTO_KEY_P256, 0, &key);
	if (!error)
		error = crypto_key_to_pem(key, VIEW_NONE, pem);
	return error ? error : file_create(path, 0600, buf_view(pem));
}

static int read_pair(const struct config *config, struct buf *chain, struct buf *key)
{
	int error = file_read(config->tls_key, PEM_MAX_LEN, key);
	if (error == XICA_ENOTFOUND && config->own_certificate)
		error = make_key(config->tls_key, key);
	if (error) {
		log_error("the site's key %s can't be used: %s", config->tls_key, xica_strerror(error));
		return error;
	}
	error = file_read(config->tls_certificate, PEM_MAX_LEN, chain);
	if (error && !(error == XICA_ENOTFOUND && config->own_certificate)) {
		log_error("the site's certificate %s can't be used: %s", config->tls_certificate, xica_strerror(error));
		return error;
	}
	return XICA_OK;
}

int parent_own_open(struct parent *parent)
{
	struct buf chain = BUF_INIT, key = BUF_INIT;
	int error = read_pair(&parent->config, &chain, &key);
	if (error) {
		buf_free(&chain);
		buf_wipe(&key);
		return error;
	}
	buf_free(&parent->own.chain);
	buf_wipe(&parent->own.key);
	parent->own.chain = chain;
	parent->own.key = key;
	parent->own.wanted = parent->config.own_certificate && !parent_own_is_good(&parent->config, buf_view(&chain), buf_view(&key), clock_now());
	return XICA_OK;
}

// --- from the registrar

static void on_timer(evutil_socket_t fd, short events, void *context)
{
	struct parent *parent = context;
	struct parent_own *own = &parent->own;
	(void)fd, (void)events;
	if (own->request_id) // no answer came
		own->request_id = 0;
	else
		own->wanted = parent->config.own_certificate &&
			      !parent_own_is_good(&parent->config, buf_view(&own->chain), buf_view(&own->key), clock_now());
	look_again(parent, LOOK_S);
	parent_advance(parent);
}

// Without any certificate there is nothing to serve with; with an old one there is time.
static void fail(struct parent *parent, struct view problem, struct view detail)
{
	struct parent_own *own = &parent->own;
	log_error("the site has no new certificate: %.*s: %.*s", VIEW_FMT(problem), VIEW_FMT(detail));
	own->failures++;
	own->wanted = false; // until the timer looks again
	look_again(parent, parent->phase == PARENT_STARTING ? 1 : RETRY_S);
	if (own->failures >= TRIES_AT_START && !own->chain.len)
		parent_fail(parent);
	else
		parent_advance(parent);
}

// A site is a server alone; where the operator dropped that profile, the default one serves too.
static const char *profile_for_site(const struct config *config)
{
	const struct pki_profile *profile = config_profile(config, VIEW_LIT("serverauth"));
	return profile ? profile->name : config->profiles[0].name;
}

static int write_request(struct parent *parent, struct buf *message)
{
	const struct config *config = &parent->config;
	cleanup_key *key = NULL;
	int error = crypto_key_from_pem(buf_view(&parent->own.key), VIEW_NONE, &key);
	if (error)
		return error;
	const struct operator_evidence evidence = {.profile = profile_for_site(config), .names = config->own_names,
		.name_count = config->own_name_count, .key = key, .receipt_key = buf_view(&parent->receipt_key), .url = config->url,
		.now = clock_now()};
	return operator_evidence_write(&evidence, parent->own.last_id + 1, message);
}

void parent_own_request(struct parent *parent)
{
	struct parent_role *registrar = &parent->roles[PARENT_REGISTRAR];
	struct parent_own *own = &parent->own;
	cleanup_buf message = BUF_INIT;
	if (!own->timer) {
		own->timer = evtimer_new(parent->base, on_timer, parent);
		look_again(parent, LOOK_S);
	}
	if (!own->wanted || own->request_id || !registrar->ready || !registrar->channel)
		return;
	int error = write_request(parent, &message);
	if (error) {
		fail(parent, VIEW_LIT("not asked for"), view_str(xica_strerror(error)));
		return;
	}
	if (ipc_channel_send(registrar->channel, &message))
		return; // the registrar that went comes back, and then it is asked again
	own->request_id = ++own->last_id;
	look_again(parent, ANSWER_S);
}

// What the registrar hands over may be anything: a front that could not serve with it would not start.
static int check_servable(const struct parent *parent, struct view chain)
{
	struct crypto_tls_server *server = NULL;
	int error = crypto_tls_server_new(chain, buf_view(&parent->own.key), &server);
	crypto_tls_server_free(server);
	return error;
}

static int keep(struct parent *parent, const struct ipc_message *message)
{
	struct buf chain = BUF_INIT;
	struct view certificate;
	for (size_t i = 0; ipc_message_nth(message, IPC_CERTIFICATE, i, &certificate); i++)
		pem_write(&chain, PEM_CERTIFICATE, certificate);
	int error = buf_error(&chain);
	if (!error)
		error = check_servable(parent, buf_view(&chain));
	if (!error)
		error = file_replace(parent->config.tls_certificate, 0644, buf_view(&chain));
	if (error) {
		buf_free(&chain);
		return error;
	}
	buf_free(&parent->own.chain);
	parent->own.chain = chain;
	return XICA_OK;
}

void parent_own_answer(struct parent *parent, const struct ipc_message *message)
{
	struct parent_own *own = &parent->own;
	if (!own->request_id || message->id != own->request_id)
		return;
	own->request_id = 0;
	if (!ipc_message_has(message, IPC_CERTIFICATE)) {
		fail(parent, ipc_message_bytes(message, IPC_PROBLEM), ipc_message_bytes(message, IPC_DETAIL));
		return;
	}
	int error = keep(parent, message);
	if (error) {
		fail(parent, VIEW_LIT("not kept"), view_str(xica_strerror(error)));
		return;
	}
	log_info("the site has a new certificate, in %s", parent->config.tls_certificate);
	own->wanted = false;
	own->failures = 0;
	look_again(parent, LOOK_S);
	tell_fronts(parent);
	parent_advance(parent);
}

void parent_own_interrupted(struct parent *parent)
{
	parent->own.request_id = 0;
}

void parent_own_free(struct parent *parent)
{
	if (parent->own.timer)
		event_free(parent->own.timer);
	buf_free(&parent->own.chain);
	buf_wipe(&parent->own.key);
}
