// One CRL for each issuer and shard: new soon after a revocation, and long before its nextUpdate. The signer makes it; here stands when, and of what.
#include <stdlib.h>

#include "base/log.h"
#include "pki/build.h"
#include "role/registrar/audit.h"
#include "role/registrar/crl.h"
#include "role/registrar/metrics.h"

enum { REVOCATION_DELAY = 1, RETRY_DELAY = 10, LOOK_INTERVAL = 20, CLOCK_SLACK = 5 * XICA_MINUTE };

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

// One of a day that isn't yet is as bad as none: made while the clock was wrong.
static bool is_due(const struct crl_task *task, xica_time now)
{
	return task->touched || now >= time_to_renew(task) || now < task->this_update - CLOCK_SLACK;
}

// The timer's own clock stands still while a machine is suspended, and doesn't notice when the time is set: so the time is looked at, again and again.
static void schedule_renewal(struct crl_task *task)
{
	xica_time wait = time_to_renew(task) - clock_now();
	schedule(task, wait < LOOK_INTERVAL ? wait : LOOK_INTERVAL);
}

static int publish(struct crl_task *task)
{
	cleanup_buf path = BUF_INIT;
	pki_path_crl(&path, task->issuer->id, task->shard);
	int error = buf_error(&path);
	task->out = true;
	registrar_metrics_crl(task->registrar, task->issuer->id, task->shard, task->number, task->this_update, task->next_update);
	return error ? error
		     : registrar_publish(task->registrar, buf_cstr(&path), "application/pkix-crl", buf_view(&task->der), task->this_update,
					 task->next_update);
}

void registrar_crl_fail(struct crl_task *task, int error)
{
	log_error("CRL of %s shard %u could not be made: %s; once more in %d s", task->issuer->id, task->shard, xica_strerror(error), RETRY_DELAY);
	task->state = CRL_IDLE;
	task->touched = task->failed = true;
	buf_free(&task->entries);
	schedule(task, RETRY_DELAY);
	registrar_publish_go_on(task->registrar);
	registrar_crl_made(task->registrar);
}

bool registrar_crls_due(const struct registrar *registrar)
{
	const struct crl_task *task = registrar->crl_tasks;
	while (task && (task->out || task->failed))
		task = task->next;
	return task;
}

// --- recording

static int record(struct store_txn *txn, void *context)
{
	struct crl_task *task = context;
	struct store_crl crl = {.issuer = view_str(task->issuer->id), .shard = task->shard, .number = task->number,
				.this_update = task->this_update, .next_update = task->next_update, .revision = task->revision,
				.der = buf_view(&task->der)};
	int error = store_crl_put(txn, &crl);
	return error ? error : registrar_audit_keep_head(txn, task->registrar);
}

static void recorded(int error, void *context)
{
	struct crl_task *task = context;
	if (!error)
		error = publish(task);
	buf_free(&task->der);
	if (error) {
		registrar_crl_fail(task, error);
		return;
	}
	log_info("CRL of %s shard %u number %llu is out", task->issuer->id, task->shard, (unsigned long long)task->number);
	task->state = CRL_IDLE;
	task->failed = false;
	if (task->touched)
		schedule(task, REVOCATION_DELAY);
	else
		schedule_renewal(task);
}

// --- the signer's answer

// Each further part is refused too: told once.
static void refused(struct crl_task *task, const struct ipc_message *message)
{
	if (!task->refused)
		log_error("the signer refuses a CRL: %.*s", VIEW_FMT(ipc_message_bytes(message, IPC_DETAIL)));
	task->refused = true;
	if (task->state == CRL_SIGNING)
		registrar_crl_fail(task, XICA_EDENIED);
}

bool registrar_crl_answer(struct registrar *registrar, const struct ipc_message *message)
{
	struct crl_task *task = registrar->crl_tasks;
	while (task && (task->id != message->id || (task->state != CRL_SIGNING && task->state != CRL_READING)))
		task = task->next;
	if (!task)
		return message->type == IPC_CRL;
	if (message->type != IPC_CRL) {
		refused(task, message);
		return true;
	}
	if (task->state != CRL_SIGNING)
		return true; // it was not asked for yet
	buf_clear(&task->der);
	buf_add(&task->der, ipc_message_bytes(message, IPC_CRL_DER));
	registrar_audit_take_head(registrar, message);
	task->state = CRL_RECORDING;
	registrar_crl_made(registrar);
	int error = buf_error(&task->der);
	if (error || (error = store_submit(registrar->store, record, recorded, task)))
		registrar_crl_fail(task, error);
	return true;
}

// --- when

static void timer_fires(evutil_socket_t fd, short what, void *context)
{
	struct crl_task *task = context;
	(void)fd, (void)what;
	if (task->state == CRL_IDLE && is_due(task, clock_now()))
		registrar_crl_make(task);
	else if (task->state == CRL_IDLE)
		schedule_renewal(task);
	else if (task->state == CRL_READING)
		registrar_crl_go_on(task);
}

void registrar_crl_touch(struct registrar *registrar, struct view issuer, uint32_t shard)
{
	registrar_renewals_touch(registrar);
	registrar_ocsp_touch(registrar, issuer, shard);
	registrar_audit_notes_go(registrar); // a revocation has its line in the audit log
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
	task->number = last.number;
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
	buf_free(&task->der);
	schedule(task, 0);
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
