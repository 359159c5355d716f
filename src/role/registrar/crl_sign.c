#include <string.h>

#include "base/log.h"
#include "role/registrar/crl.h"

static void read_on(struct crl_task *task);

static bool is_active(const struct crl_task *task)
{
	return task->state == CRL_READING || task->state == CRL_SIGNING;
}

static size_t count_active(const struct registrar *registrar)
{
	size_t count = 0;
	for (const struct crl_task *task = registrar->crl_tasks; task; task = task->next)
		count += is_active(task);
	return count;
}

void registrar_crl_make(struct crl_task *task)
{
	struct registrar *registrar = task->registrar;
	if (!registrar->signer || count_active(registrar) >= CRL_ACTIVE_MAX) {
		task->state = CRL_WAITING;
		return;
	}
	task->state = CRL_READING;
	task->again = task->refused = false;
	task->id = 0; // nothing is told yet
	task->last_len = 0;
	read_on(task);
}

void registrar_crl_made(struct registrar *registrar)
{
	for (struct crl_task *task = registrar->crl_tasks; task && count_active(registrar) < CRL_ACTIVE_MAX; task = task->next)
		if (task->state == CRL_WAITING)
			registrar_crl_make(task);
}

// --- reading

static int add_entry(const struct store_revocation *revocation, void *context)
{
	struct crl_task *task = context;
	size_t len = revocation->serial.len;
	uint8_t *padding = buf_extend(&task->entries, STORE_SERIAL_MAX - len);
	if (padding)
		memset(padding, 0, STORE_SERIAL_MAX - len);
	buf_add(&task->entries, revocation->serial);
	buf_add_u64(&task->entries, (uint64_t)revocation->time);
	buf_add_byte(&task->entries, (uint8_t)revocation->reason);
	memcpy(task->last, revocation->serial.ptr, len);
	task->last_len = len;
	task->in_portion++;
	return buf_error(&task->entries);
}

// What is revoked while the rest is read raises the shard's revision above this one: the CRL is recorded as out of date then, and made anew.
static int read_head(struct store_txn *txn, struct crl_task *task)
{
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
	task->since = first || last.this_update > task->this_update - XICA_DAY ? task->this_update - XICA_DAY : last.this_update;
	task->next_update = task->this_update + task->registrar->config->crl_lifetime;
	task->touched = false;
	return store_crl_revision(txn, issuer, task->shard, &task->revision);
}

static int read_portion(struct store_txn *txn, void *context)
{
	struct crl_task *task = context;
	const struct store_revocation_page page = {.after = view_bytes(task->last, task->last_len), .limit = CRL_PORTION};
	int error = task->id ? XICA_OK : read_head(txn, task);
	buf_clear(&task->entries);
	task->in_portion = 0;
	return error ? error : store_certificate_list_revoked(txn, view_str(task->issuer->id), task->shard, task->since, &page, add_entry, task);
}

// --- to the signer

static int tell_head(struct crl_task *task)
{
	cleanup_buf message = BUF_INIT;
	task->id = ++task->registrar->last_id;
	ipc_message_begin(&message, IPC_CRL_BEGIN, task->id);
	ipc_message_add_str(&message, IPC_ISSUER, task->issuer->id);
	ipc_message_add_u64(&message, IPC_SHARD, task->shard);
	ipc_message_add_u64(&message, IPC_NUMBER, task->number);
	ipc_message_add_u64(&message, IPC_THIS_UPDATE, (uint64_t)task->this_update);
	ipc_message_add_u64(&message, IPC_NEXT_UPDATE, (uint64_t)task->next_update);
	return ipc_channel_send(task->registrar->signer, &message);
}

static int tell_entries(struct crl_task *task)
{
	cleanup_buf message = BUF_INIT;
	struct view entries = buf_view(&task->entries);
	int error = XICA_OK;
	while (entries.len && !error) {
		ipc_message_begin(&message, IPC_CRL_ENTRIES, task->id);
		for (size_t i = 0; i < CRL_ENTRIES_PER_MESSAGE && entries.len; i++) {
			ipc_message_add(&message, IPC_REVOKED, view_sub(entries, 0, CRL_ENTRY_LEN));
			entries = view_sub(entries, CRL_ENTRY_LEN, SIZE_MAX);
		}
		error = ipc_channel_send(task->registrar->signer, &message);
	}
	return error;
}

static int tell_end(struct crl_task *task)
{
	cleanup_buf message = BUF_INIT;
	ipc_message_begin(&message, IPC_CRL_SIGN, task->id);
	task->state = CRL_SIGNING;
	buf_free(&task->entries);
	return ipc_channel_send(task->registrar->signer, &message);
}

static int tell_portion(struct crl_task *task)
{
	bool last = task->in_portion < CRL_PORTION;
	int error = task->id ? XICA_OK : tell_head(task);
	if (!error)
		error = tell_entries(task);
	return error || !last ? error : tell_end(task);
}

static void portion_read(int error, void *context)
{
	struct crl_task *task = context;
	struct registrar *registrar = task->registrar;
	if (!error && task->refused)
		error = XICA_EDENIED;
	if (!error && !task->again && registrar->signer)
		error = tell_portion(task);
	if (error && error != XICA_ECLOSED) { // who has gone is told anew when it is back
		registrar_crl_fail(task, error);
	} else if (error || task->again || !registrar->signer) {
		task->state = CRL_WAITING;
		registrar_crl_made(registrar);
	} else if (task->state == CRL_READING) {
		registrar_crl_go_on(task);
	}
}

static void read_on(struct crl_task *task)
{
	int error = store_submit(task->registrar->store, read_portion, portion_read, task);
	if (error)
		registrar_crl_fail(task, error);
}

void registrar_crl_go_on(struct crl_task *task)
{
	static const struct timeval PAUSE = {0, 5000};
	const struct registrar *registrar = task->registrar;
	if (registrar->signer && !task->again && ipc_channel_queued(registrar->signer) > CRL_UNSENT_MAX && !event_add(task->timer, &PAUSE))
		return;
	read_on(task);
}

// --- the signer is back, or another one: on a reload it may know an issuer that the one before refused

void registrar_crls_resend(struct registrar *registrar)
{
	for (struct crl_task *task = registrar->crl_tasks; task; task = task->next) {
		if (task->state == CRL_READING)
			task->again = true;
		else if (task->state == CRL_SIGNING || (task->state == CRL_IDLE && task->failed && !event_del(task->timer)))
			task->state = CRL_WAITING;
	}
	registrar_crl_made(registrar);
}
