#include "role/registrar/issue.h"

#include <stdlib.h>

#include "base/log.h"

struct issuance *issuance_aside(struct registrar *registrar)
{
	struct issuance *issuance = calloc(1, sizeof(*issuance));
	if (issuance)
		issuance->registrar = registrar;
	return issuance;
}

static void join_others(struct issuance *issuance, issuance_done *done, void *context)
{
	issuance->done = done;
	issuance->context = context;
	issuance->next = issuance->registrar->issuances;
	issuance->registrar->issuances = issuance;
}

struct issuance *issuance_new(struct registrar *registrar, issuance_done *done, void *context)
{
	struct issuance *issuance = issuance_aside(registrar);
	if (issuance)
		join_others(issuance, done, context);
	return issuance;
}

void issuance_drop(struct issuance *issuance)
{
	if (!issuance)
		return;
	arena_free(&issuance->arena);
	free(issuance);
}

static void issuance_free(struct issuance *issuance)
{
	struct issuance **link = &issuance->registrar->issuances;
	while (*link && *link != issuance)
		link = &(*link)->next;
	if (*link)
		*link = issuance->next;
	issuance_drop(issuance);
}

void registrar_issues_interrupt(struct registrar *registrar)
{
	static const struct acme_problem STOPS = {.type = ACME_SERVER_INTERNAL, .detail = "xicad stops, and the certificate is not made yet. It may still be, once xicad runs again: "
											  "look for it with 'xica cert list', and repeat the command where it is not there"};
	for (struct issuance *issuance = registrar->issuances; issuance; issuance = issuance->next) {
		issuance_done *done = issuance->asker ? issuance->done : NULL;
		if (!done)
			continue;
		issuance->done = NULL;
		done(issuance->context, &STOPS);
		issuance->asker = NULL;
	}
}

void registrar_issues_free(struct registrar *registrar)
{
	if (registrar->patience_timer)
		event_free(registrar->patience_timer);
	while (registrar->issuances)
		issuance_free(registrar->issuances);
}

void issuance_end(struct issuance *issuance)
{
	if (issuance->done)
		issuance->done(issuance->context, issuance->problem.type ? &issuance->problem : NULL);
	issuance_free(issuance);
}

// --- failure

// Another finalize may do better: with another CSR, or once the DNS answers, or signed by the key that the account has got since.
static bool may_try_again(const struct issuance *issuance)
{
	enum acme_problem_type type = issuance->problem.type;
	return issuance->other_key || type == ACME_BAD_CSR || type == ACME_BAD_PUBLIC_KEY || type == ACME_CAA || type == ACME_DNS || type == ACME_CONNECTION ||
	       type == ACME_SERVER_INTERNAL || type == ACME_RATE_LIMITED;
}

static int record_failure(struct store_txn *txn, void *context)
{
	struct issuance *issuance = context;
	cleanup_buf problem = BUF_INIT;
	if (may_try_again(issuance))
		return store_order_return(txn, issuance->order);
	int error = acme_problem_write(&issuance->problem, &problem);
	if (error || !issuance->still_ready)
		return error ? error : store_order_fail(txn, issuance->order, STORE_ORDER_PROCESSING, buf_view(&problem));
	error = store_order_fail(txn, issuance->order, STORE_ORDER_READY, buf_view(&problem));
	return error == XICA_ECONFLICT ? XICA_OK : error; // what somebody else made of it stays
}

static void failure_recorded(int error, void *context)
{
	struct issuance *issuance = context;
	if (error) {
		log_error("order=%lld its failure could not be recorded: %s", (long long)issuance->order, xica_strerror(error));
		registrar_take_up_soon(issuance->registrar);
	}
	issuance_end(issuance);
}

void issuance_leave(struct issuance *issuance, const char *detail)
{
	issuance->problem = (struct acme_problem){.type = ACME_SERVER_INTERNAL, .detail = detail, .retry_after = 5};
	registrar_take_up_soon(issuance->registrar);
	issuance_end(issuance);
}

void issuance_fail(struct issuance *issuance, enum acme_problem_type type, const char *detail)
{
	issuance->problem = (struct acme_problem){.type = type, .detail = detail, .retry_after = type == ACME_SERVER_INTERNAL ? 5 : 0};
	log_info("request=%.*s order=%lld is not issued problem=%s detail=\"%s\"", VIEW_FMT(issuance->request_id), (long long)issuance->order, acme_problem_name(type), detail);
	bool is_recorded = issuance->order && !(issuance->still_ready && may_try_again(issuance));
	int error = is_recorded ? store_submit(issuance->registrar->store, record_failure, failure_recorded, issuance) : XICA_OK;
	if (error || !is_recorded)
		failure_recorded(error, issuance);
}

// --- beginnings

int registrar_issue(struct registrar *registrar, int64_t order)
{
	struct issuance *issuance = issuance_new(registrar, NULL, NULL);
	if (!issuance)
		return XICA_ENOMEM;
	issuance->order = order;
	int error = issuance_load(issuance);
	if (error)
		issuance_free(issuance);
	return error;
}

void issuance_begin(struct issuance *issuance, struct view request_id, issuance_show *show, issuance_done *done, void *context)
{
	join_others(issuance, done, context);
	issuance->show = show;
	issuance->request_id = arena_copy(&issuance->arena, request_id);
	issuance_loaded(issuance);
}
