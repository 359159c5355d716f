// What certificates' status is when a client asks by OCSP: looked up in the database, signed by the signer, kept by the front that asked.
//
// A status that was looked up can be out of date before its response is signed. So every revocation marks what is under way for that issuer, and what is
// marked is looked up once more; and it tells the fronts what to forget. A front's channel keeps the order, so no front keeps what is older than that.
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "pki/ocsp.h"
#include "role/registrar/registrar.h"
#include "role/signer/ocsp.h"

enum { ASKS_MAX = 4096 };

enum ask_state { ASK_READING, ASK_SIGNING };

struct ocsp_ask {
	struct ocsp_ask *next;
	struct registrar *registrar;
	unsigned front;
	uint64_t front_life, front_id;
	struct buf der;                  // of the request
	struct pki_ocsp_request request; // views into der
	const struct ca_issuer *issuer;
	enum ask_state state;
	bool stale;                      // something of the issuer's was revoked since the last reading
	uint64_t id;                     // of the question to the signer
	xica_time this_update, next_update;
	struct pki_ocsp_single list[PKI_OCSP_LIST_MAX];
	bool may_be_kept;                // one certificate that we issued, and no nonce
	uint32_t shard;                  // of that one
};

struct registrar_ocsp {
	struct ocsp_ask *asks, **last;   // in the order in which they came
	size_t count;
	struct pki_ocsp_issuer names[CA_LIST_MAX]; // of the CA's issuers, in their order
};

// --- answers

static void answer(struct registrar *registrar, unsigned front, uint64_t front_life, const struct buf *message)
{
	struct ipc_channel *channel = front < REGISTRAR_FRONTS_MAX && registrar->front_life[front] == front_life ? registrar->fronts[front] : NULL;
	int error = buf_error(message);
	if (!error && channel)
		error = ipc_channel_send(channel, message);
	if (error && error != XICA_ECLOSED)
		log_error("an OCSP response could not be handed to a front: %s", xica_strerror(error));
}

static void answer_failure(struct registrar *registrar, unsigned front, uint64_t front_id, enum pki_ocsp_failure failure)
{
	cleanup_buf message = BUF_INIT, response = BUF_INIT;
	pki_ocsp_response_failure(&response, failure);
	ipc_message_begin(&message, IPC_OCSP_RESPONSE, front_id);
	ipc_message_add(&message, IPC_BODY, buf_view(&response));
	answer(registrar, front, front < REGISTRAR_FRONTS_MAX ? registrar->front_life[front] : 0, &message);
}

static void forget(struct ocsp_ask *ask)
{
	struct registrar_ocsp *ocsp = ask->registrar->ocsp;
	struct ocsp_ask **at = &ocsp->asks;
	while (*at != ask)
		at = &(*at)->next;
	*at = ask->next;
	if (ocsp->last == &ask->next)
		ocsp->last = at;
	ocsp->count--;
	buf_free(&ask->der);
	free(ask);
}

static void fail(struct ocsp_ask *ask, enum pki_ocsp_failure failure)
{
	if (ask->registrar->front_life[ask->front] == ask->front_life)
		answer_failure(ask->registrar, ask->front, ask->front_id, failure);
	forget(ask);
}

static void answer_signed(struct ocsp_ask *ask, struct view response)
{
	cleanup_buf message = BUF_INIT;
	ipc_message_begin(&message, IPC_OCSP_RESPONSE, ask->front_id);
	ipc_message_add(&message, IPC_BODY, response);
	if (ask->may_be_kept) {
		ipc_message_add_str(&message, IPC_ISSUER, ask->issuer->id);
		ipc_message_add_u64(&message, IPC_SHARD, ask->shard);
		ipc_message_add_u64(&message, IPC_THIS_UPDATE, (uint64_t)ask->this_update);
		ipc_message_add_u64(&message, IPC_NEXT_UPDATE, (uint64_t)ask->next_update);
	}
	answer(ask->registrar, ask->front, ask->front_life, &message);
	forget(ask);
}

// --- signing

static void add_entry(struct buf *out, const struct pki_ocsp_single *single)
{
	buf_add_byte(out, (uint8_t)single->hash);
	uint8_t *padding = buf_extend(out, PKI_OCSP_SERIAL_MAX - single->serial.len);
	if (padding)
		memset(padding, 0, PKI_OCSP_SERIAL_MAX - single->serial.len);
	buf_add(out, single->serial);
	buf_add_byte(out, (uint8_t)single->status);
	buf_add_u64(out, (uint64_t)single->revoked_at);
	buf_add_byte(out, (uint8_t)single->reason);
}

static void ask_signer(struct ocsp_ask *ask)
{
	cleanup_buf message = BUF_INIT, entry = BUF_INIT;
	if (!ask->registrar->signer) {
		fail(ask, PKI_OCSP_TRY_LATER);
		return;
	}
	ask->state = ASK_SIGNING;
	ask->id = ++ask->registrar->last_id;
	ipc_message_begin(&message, IPC_OCSP_SIGN, ask->id);
	ipc_message_add_str(&message, IPC_ISSUER, ask->issuer->id);
	ipc_message_add_u64(&message, IPC_THIS_UPDATE, (uint64_t)ask->this_update);
	ipc_message_add_u64(&message, IPC_NEXT_UPDATE, (uint64_t)ask->next_update);
	if (ask->request.nonce.len)
		ipc_message_add(&message, IPC_NONCE, ask->request.nonce);
	for (size_t i = 0; i < ask->request.count; i++) {
		buf_clear(&entry);
		add_entry(&entry, &ask->list[i]);
		ipc_message_add(&message, IPC_OCSP_STATUS, buf_view(&entry));
	}
	if (buf_error(&entry) || ipc_channel_send(ask->registrar->signer, &message))
		fail(ask, PKI_OCSP_TRY_LATER);
}

// --- reading

static int read_one(struct store_txn *txn, struct ocsp_ask *ask, size_t at)
{
	cleanup_arena arena = ARENA_INIT;
	const struct pki_ocsp_id *id = &ask->request.list[at];
	struct store_certificate certificate;
	struct pki_ocsp_single *single = &ask->list[at];
	*single = (struct pki_ocsp_single){.hash = id->hash, .serial = id->serial, .status = PKI_OCSP_UNKNOWN};
	int error = id->serial.len ? store_certificate_get(txn, id->serial, &arena, &certificate) : XICA_ENOTFOUND;
	if (error)
		return error == XICA_ENOTFOUND ? XICA_OK : error;
	if (!view_equal_str(certificate.issuer, ask->issuer->id))
		return XICA_OK;
	switch (certificate.status) {
	case STORE_CERTIFICATE_PENDING:
	case STORE_CERTIFICATE_ABANDONED: return XICA_OK; // nobody can have it
	case STORE_CERTIFICATE_ISSUED: single->status = PKI_OCSP_GOOD; break;
	case STORE_CERTIFICATE_REVOKED:
		single->status = PKI_OCSP_REVOKED;
		single->revoked_at = certificate.revoked_at;
		single->reason = certificate.reason;
	}
	ask->may_be_kept = ask->request.count == 1 && !ask->request.nonce.len;
	ask->shard = certificate.shard;
	return XICA_OK;
}

static int read_status(struct store_txn *txn, void *context)
{
	struct ocsp_ask *ask = context;
	int error = XICA_OK;
	ask->stale = false;
	ask->may_be_kept = false;
	ask->this_update = clock_now();
	ask->next_update = ask->this_update + ask->registrar->config->ocsp_lifetime;
	if (ask->next_update > ask->issuer->not_after)
		ask->next_update = ask->issuer->not_after;
	for (size_t i = 0; !error && i < ask->request.count; i++)
		error = read_one(txn, ask, i);
	return error;
}

static void status_read(int error, void *context)
{
	struct ocsp_ask *ask = context;
	if (!error) {
		ask_signer(ask);
		return;
	}
	log_error("the status of a certificate can't be read: %s", xica_strerror(error));
	fail(ask, PKI_OCSP_TRY_LATER);
}

static void look_up(struct ocsp_ask *ask)
{
	ask->state = ASK_READING;
	if (store_submit(ask->registrar->store, read_status, status_read, ask))
		fail(ask, PKI_OCSP_TRY_LATER);
}

bool registrar_ocsp_answer(struct registrar *registrar, const struct ipc_message *message)
{
	struct ocsp_ask *ask = registrar->ocsp->asks;
	while (ask && (ask->state != ASK_SIGNING || ask->id != message->id))
		ask = ask->next;
	if (!ask)
		return message->type == IPC_OCSP;
	if (message->type != IPC_OCSP) {
		log_error("the signer refuses an OCSP response: %.*s", VIEW_FMT(ipc_message_bytes(message, IPC_DETAIL)));
		fail(ask, PKI_OCSP_TRY_LATER);
	} else if (ask->stale) {
		look_up(ask);
	} else {
		answer_signed(ask, ipc_message_bytes(message, IPC_BODY));
	}
	return true;
}

void registrar_ocsp_signer_gone(struct registrar *registrar)
{
	for (struct ocsp_ask *ask = registrar->ocsp->asks, *next; ask; ask = next) {
		next = ask->next;
		if (ask->state == ASK_SIGNING)
			fail(ask, PKI_OCSP_TRY_LATER);
	}
}

// --- questions

// The one issuer of all of them. NULL: another CA's, or not one's alone (a responder speaks for one issuer).
static const struct ca_issuer *issuer_of(const struct registrar *registrar, const struct pki_ocsp_request *request)
{
	const struct ca_dir *ca = &registrar->ca;
	for (size_t i = 0; i < ca->issuer_count && i < CA_LIST_MAX; i++) {
		size_t of_this = 0;
		while (of_this < request->count && pki_ocsp_id_is_of(&request->list[of_this], &registrar->ocsp->names[i]))
			of_this++;
		if (of_this == request->count)
			return ca->issuers[i].not_after > clock_now() ? &ca->issuers[i] : NULL;
	}
	return NULL;
}

static int add_ask(struct registrar *registrar, const struct ocsp_ask *like, struct view der, struct ocsp_ask **ret_ask)
{
	struct registrar_ocsp *ocsp = registrar->ocsp;
	struct ocsp_ask *ask = ocsp->count < ASKS_MAX && !registrar->stopping ? malloc(sizeof(*ask)) : NULL;
	if (!ask)
		return XICA_EAGAIN;
	*ask = *like;
	buf_add(&ask->der, der);
	int error = buf_error(&ask->der);
	if (!error)
		error = pki_ocsp_request_parse(buf_view(&ask->der), &ask->request); // views into what stays
	if (error) {
		buf_free(&ask->der);
		free(ask);
		return error;
	}
	*ocsp->last = ask;
	ocsp->last = &ask->next;
	ocsp->count++;
	*ret_ask = ask;
	return XICA_OK;
}

static unsigned front_of_channel(const struct registrar *registrar, const struct ipc_channel *channel)
{
	unsigned front = 0;
	while (front < REGISTRAR_FRONTS_MAX && registrar->fronts[front] != channel)
		front++;
	return front;
}

void registrar_handle_ocsp(struct ipc_channel *channel, const struct ipc_message *message, const int *fds, size_t fd_count, void *context)
{
	struct registrar *registrar = registrar_of(context);
	unsigned front = front_of_channel(registrar, channel);
	struct view der = ipc_message_bytes(message, IPC_BODY);
	struct pki_ocsp_request request;
	struct ocsp_ask *ask;
	(void)fds, (void)fd_count;
	if (front == REGISTRAR_FRONTS_MAX)
		return;
	if (pki_ocsp_request_parse(der, &request)) {
		answer_failure(registrar, front, message->id, PKI_OCSP_MALFORMED);
		return;
	}
	const struct ca_issuer *issuer = registrar->config->ocsp ? issuer_of(registrar, &request) : NULL;
	if (!issuer) {
		answer_failure(registrar, front, message->id, PKI_OCSP_UNAUTHORIZED);
		return;
	}
	const struct ocsp_ask like = {.registrar = registrar, .front = front, .front_life = registrar->front_life[front], .front_id = message->id,
				      .der = BUF_INIT, .issuer = issuer};
	if (add_ask(registrar, &like, der, &ask))
		answer_failure(registrar, front, message->id, PKI_OCSP_TRY_LATER);
	else
		look_up(ask);
}

void registrar_ocsp_touch(struct registrar *registrar, struct view issuer, uint32_t shard)
{
	cleanup_buf message = BUF_INIT;
	for (struct ocsp_ask *ask = registrar->ocsp->asks; ask; ask = ask->next)
		if (view_equal_str(issuer, ask->issuer->id))
			ask->stale = true;
	ipc_message_begin(&message, IPC_OCSP_DROP, 0);
	ipc_message_add(&message, IPC_ISSUER, issuer);
	ipc_message_add_u64(&message, IPC_SHARD, shard);
	for (unsigned i = 0; i < REGISTRAR_FRONTS_MAX; i++)
		answer(registrar, i, registrar->front_life[i], &message);
}

// --- life

int registrar_ocsp_start(struct registrar *registrar)
{
	struct registrar_ocsp *ocsp = calloc(1, sizeof(*ocsp));
	int error = XICA_OK;
	if (!ocsp)
		return XICA_ENOMEM;
	ocsp->last = &ocsp->asks;
	registrar->ocsp = ocsp;
	for (size_t i = 0; !error && i < registrar->ca.issuer_count && i < CA_LIST_MAX; i++)
		error = pki_ocsp_issuer_of(registrar->ca.issuers[i].certificate, &ocsp->names[i]);
	return error;
}

void registrar_ocsp_free(struct registrar *registrar)
{
	if (!registrar->ocsp)
		return;
	while (registrar->ocsp->asks)
		forget(registrar->ocsp->asks);
	free(registrar->ocsp);
	registrar->ocsp = NULL;
}
