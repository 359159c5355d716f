// What a client will read next is said along with the answer that names it, so that its front need not ask for it (role/front/ahead.h).
#include "role/registrar/registrar.h"

static int keep(struct request *request, const struct request *next)
{
	cleanup_buf message = BUF_INIT;
	request_write_reply(next, &message);
	ipc_message_add(&message, IPC_URL, next->url);
	struct view kept = arena_copy(&request->arena, buf_view(&message));
	if (buf_error(&message) || !kept.ptr)
		return XICA_ENOMEM;
	request->ahead[request->ahead_count++] = kept;
	return XICA_OK;
}

// Whoever tries clients out by chaos wants each of their requests. And what makes its reader wait changes by itself.
int request_say_ahead(struct store_txn *txn, struct request *request, request_work *work, const char *url, struct view object)
{
	struct request next = {.registrar = request->registrar, .account_id = request->account_id, .account = request->account, .signed_by_account = true,
			       .request_id = request->request_id, .now = request->now, .url = view_str(url), .object = object};
	if (request->registrar->chaos || request->ahead_count == REQUEST_AHEAD_MAX)
		return XICA_OK;
	request_begin(&next, work);
	int error = work(txn, &next);
	if (!error && !next.retry_after)
		error = keep(request, &next);
	buf_free(&next.body);
	arena_free(&next.arena);
	return error == XICA_EDENIED ? XICA_OK : error;
}

void registrar_ahead_drop(struct registrar *registrar)
{
	cleanup_buf message = BUF_INIT;
	ipc_message_begin(&message, IPC_AHEAD_DROP, 0);
	registrar_tell_fronts(registrar, &message);
}
