// One CRL for each issuer and shard: new soon after a revocation, and long before its nextUpdate. The signer makes it; here stands when, and of what.
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "pki/build.h"
#include "role/registrar.h"

enum { ENTRIES_PER_MESSAGE = 1000, ENTRY_LEN = STORE_SERIAL_MAX + 8 + 1, REVOCATION_DELAY = 1, RETRY_DELAY = 10 };

enum crl_state { CRL_IDLE, CRL_READING, CRL_SIGNING, CRL_RECORDING };

struct crl_task {
	struct crl_task *next;
	struct registrar *registrar;
	const struct ca_issuer *issuer;
	uint32_t shard;
	enum crl_state state;
	bool touched;          // something was revoked since the last reading
	struct event *timer;
	uint64_t id;           // of the question to the signer
	uint64_t number, revision;
	xica_time this_update, next_update;
	struct buf entries;    // ENTRY_LEN bytes each, until they are asked
	struct buf der;
};

static void start(struct crl_task *task);

static void schedule(struct crl_task *task, xica_time seconds)
{
	struct timeval wait = {seconds > 0 ? seconds : 0, seconds > 0 ? 0 : 1000};
	(void)event_add(task->timer, &wait);
}

// Half of its life is left for whatever may go wrong.
static xica_time time_to_renew(const struct crl_task *task)
{
	return task->this_update + (task->next_update - task->this_update) / 2;
}

static int publish(struct crl_task *task)
{
	cleanup_buf path = BUF_INIT;
	pki_path_crl(&path, task->issuer->id, task->shard);
	int error = buf_error(&path);
	return error ? error
		     : registrar_publish(task->registrar, buf_cstr(&path), "application/pkix-crl", buf_view(&task->der), task->this_update,
					 task->next_update);
}

static void fail(struct crl_task *task, int error)
{
	log_error("CRL of %s shard %u could not be made: %s; once more in %d s", task->issuer->id, task->shard, xica_strerror(error), RETRY_DELAY);
	task->state = CRL_IDLE;
	task->touched = true;
	schedule(task, RETRY_DELAY);
}

// --- recording

static int record(struct store_txn *txn, void *context)
{
	struct crl_task *task = context;
	struct store_crl crl = {.issuer = view_str(task->issuer->id), .shard = task->shard, .number = task->number,
				.this_update = task->this_update, .next_update = task->next_update, .revision = task->revision,
				.der = buf_view(&task->der)};
	return store_crl_put(txn, &crl);
}

static void recorded(int error, void *context)
{
	struct crl_task *task = context;
	if (error || (error = publish(task))) {
		fail(task, error);
		return;
	}
	log_info("CRL of %s shard %u number %llu is out", task->issuer->id, task->shard, (unsigned long long)task->number);
	task->state = CRL_IDLE;
	schedule(task, task->touched ? REVOCATION_DELAY : time_to_renew(task) - clock_now());
}

// --- signing

static void send_part(struct crl_task *task, struct buf *message, int *error)
{
	if (!*error)
		*error = ipc_channel_send(task->registrar->signer, message);
	buf_clear(message);
}

static void ask_signer(struct crl_task *task)
{
	cleanup_buf message = BUF_INIT;
	int error = XICA_OK;
	if (!task->registrar->signer)
		return; // asked again when there is one
	task->id = ++task->registrar->last_id;
	ipc_message_begin(&message, IPC_CRL_BEGIN, task->id);
	ipc_message_add_str(&message, IPC_ISSUER, task->issuer->id);
	ipc_message_add_u64(&message, IPC_SHARD, task->shard);
	ipc_message_add_u64(&message, IPC_NUMBER, task->number);
	ipc_message_add_u64(&message, IPC_THIS_UPDATE, (uint64_t)task->this_update);
	ipc_message_add_u64(&message, IPC_NEXT_UPDATE, (uint64_t)task->next_update);
	send_part(task, &message, &error);
	struct view entries = buf_view(&task->entries);
	while (entries.len && !error) {
		ipc_message_begin(&message, IPC_CRL_ENTRIES, task->id);
		for (size_t i = 0; i < ENTRIES_PER_MESSAGE && entries.len; i++) {
			ipc_message_add(&message, IPC_REVOKED, view_sub(entries, 0, ENTRY_LEN));
			entries = view_sub(entries, ENTRY_LEN, SIZE_MAX);
		}
		send_part(task, &message, &error);
	}
	ipc_message_begin(&message, IPC_CRL_SIGN, task->id);
	send_part(task, &message, &error);
	if (error && error != XICA_ECLOSED) // who has gone is asked again when it is back
		fail(task, error);
}

void registrar_crls_resend(struct registrar *registrar)
{
	for (struct crl_task *task = registrar->crl_tasks; task; task = task->next)
		if (task->state == CRL_SIGNING)
			ask_signer(task);
}

bool registrar_crl_answer(struct registrar *registrar, const struct ipc_message *message)
{
	struct crl_task *task = registrar->crl_tasks;
	while (task && (task->id != message->id || task->state != CRL_SIGNING))
		task = task->next;
	if (!task)
		return message->type == IPC_CRL;
	if (message->type != IPC_CRL) {
		log_error("the signer refuses a CRL: %.*s", VIEW_FMT(ipc_message_bytes(message, IPC_DETAIL)));
		fail(task, XICA_EDENIED);
		return true;
	}
	buf_free(&task->entries);
	buf_clear(&task->der);
	buf_add(&task->der, ipc_message_bytes(message, IPC_CRL_DER));
	task->state = CRL_RECORDING;
	int error = buf_error(&task->der);
	if (error || (error = store_submit(registrar->store, record, recorded, task)))
		fail(task, error);
	return true;
}

// --- reading

static int add_entry(const struct store_revocation *revocation, void *context)
{
	struct crl_task *task = context;
	uint8_t *padding = buf_extend(&task->entries, STORE_SERIAL_MAX - revocation->serial.len);
	if (padding)
		memset(padding, 0, STORE_SERIAL_MAX - revocation->serial.len);
	buf_add(&task->entries, revocation->serial);
	buf_add_u64(&task->entries, (uint64_t)revocation->time);
	buf_add_byte(&task->entries, (uint8_t)revocation->reason);
	return buf_error(&task->entries);
}

static int read_revocations(struct store_txn *txn, void *context)
{
	struct crl_task *task = context;
	cleanup_arena arena = ARENA_INIT;
	struct store_crl last;
	struct view issuer = view_str(task->issuer->id);
	int error = store_crl_get(txn, issuer, task->shard, &arena, &last);
	if (error && error != XICA_ENOTFOUND)
		return error;
	bool first = error != XICA_OK;
	task->number = first ? 1 : last.number + 1;
	task->this_update = clock_now();
	// one that expired since the last CRL stands on this one too (RFC 5280 §3.3)
	xica_time since = first || last.this_update > task->this_update - XICA_DAY ? task->this_update - XICA_DAY : last.this_update;
	task->next_update = task->this_update + task->registrar->config->crl_lifetime;
	task->touched = false;
	buf_clear(&task->entries);
	if ((error = store_crl_revision(txn, issuer, task->shard, &task->revision)))
		return error;
	return store_certificate_list_revoked(txn, issuer, task->shard, since, add_entry, task);
}

static void revocations_read(int error, void *context)
{
	struct crl_task *task = context;
	if (error) {
		fail(task, error);
		return;
	}
	task->state = CRL_SIGNING;
	ask_signer(task);
}

static void start(struct crl_task *task)
{
	if (task->state != CRL_IDLE)
		return;
	task->state = CRL_READING;
	int error = store_submit(task->registrar->store, read_revocations, revocations_read, task);
	if (error)
		fail(task, error);
}

static void timer_fires(evutil_socket_t fd, short what, void *context)
{
	(void)fd, (void)what;
	start(context);
}

void registrar_crl_touch(struct registrar *registrar, struct view issuer, uint32_t shard)
{
	registrar_renewals_touch(registrar);
	registrar_ocsp_touch(registrar, issuer, shard);
	for (struct crl_task *task = registrar->crl_tasks; task; task = task->next)
		if (task->shard == shard && view_equal_str(issuer, task->issuer->id)) {
			if (task->state == CRL_IDLE && !task->touched) // else its timer runs already, and revocation after revocation would put it off for ever
				schedule(task, REVOCATION_DELAY);
			task->touched = true;
		}
}

// --- at start: what the database has is published at once; what is out of date is made anew

static int load_last(struct store_txn *txn, void *context)
{
	struct crl_task *task = context;
	cleanup_arena arena = ARENA_INIT;
	struct store_crl last;
	uint64_t revision;
	int error = store_crl_get(txn, view_str(task->issuer->id), task->shard, &arena, &last);
	if (error || (error = store_crl_revision(txn, last.issuer, task->shard, &revision)))
		return error == XICA_ENOTFOUND ? XICA_OK : error;
	task->this_update = last.this_update;
	task->next_update = last.next_update;
	task->touched = revision != last.revision;
	buf_add(&task->der, last.der);
	return buf_error(&task->der);
}

static int add_task(struct registrar *registrar, const struct ca_issuer *issuer, uint32_t shard)
{
	struct crl_task *task = calloc(1, sizeof(*task));
	if (!task || !(task->timer = evtimer_new(registrar->role->base, timer_fires, task))) {
		free(task);
		return XICA_ENOMEM;
	}
	task->registrar = registrar;
	task->issuer = issuer;
	task->shard = shard;
	task->next = registrar->crl_tasks;
	registrar->crl_tasks = task;
	int error = store_run(registrar->store, load_last, task);
	if (!error && task->der.len)
		error = publish(task);
	if (error)
		return error;
	bool current = task->der.len && !task->touched;
	schedule(task, current ? time_to_renew(task) - clock_now() : 0);
	return XICA_OK;
}

struct shards {
	struct view issuer;
	uint32_t count;
};

static int count_shards(struct store_txn *txn, void *context)
{
	struct shards *shards = context;
	return store_crl_shards(txn, shards->issuer, &shards->count);
}

// Where the configuration had more shards once, certificates name them still.
static int add_issuer(struct registrar *registrar, const struct ca_issuer *issuer)
{
	struct shards shards = {.issuer = view_str(issuer->id)};
	int error = store_run(registrar->store, count_shards, &shards);
	if (shards.count < registrar->config->crl_shards)
		shards.count = registrar->config->crl_shards;
	for (uint32_t shard = 0; !error && shard < shards.count; shard++)
		error = add_task(registrar, issuer, shard);
	return error;
}

int registrar_crls_start(struct registrar *registrar)
{
	int error = XICA_OK;
	for (size_t i = 0; !error && i < registrar->ca.issuer_count; i++)
		error = add_issuer(registrar, &registrar->ca.issuers[i]);
	return error;
}

void registrar_crls_free(struct registrar *registrar)
{
	while (registrar->crl_tasks) {
		struct crl_task *task = registrar->crl_tasks;
		registrar->crl_tasks = task->next;
		event_free(task->timer);
		buf_free(&task->entries);
		buf_free(&task->der);
		free(task);
	}
}
