#include "role/registrar/look.h"

#include <stdlib.h>

#include "base/log.h"
#include "jose/jws.h"

struct look {
	struct look *next;
	uint64_t id;
	registrar_look_done *done;
	void *context;
};

static size_t count(const struct registrar *registrar)
{
	size_t looks = 0;
	for (const struct look *look = registrar->looks; look; look = look->next)
		looks++;
	return looks;
}

int registrar_look(struct registrar *registrar, struct view domain, registrar_look_done *done, void *context)
{
	cleanup_buf message = BUF_INIT;
	struct look *look = registrar->validator && count(registrar) < REGISTRAR_LOOKS_MAX ? calloc(1, sizeof(*look)) : NULL;
	if (!look)
		return XICA_EAGAIN;
	*look = (struct look){.next = registrar->looks, .id = ++registrar->last_id, .done = done, .context = context};
	ipc_message_begin(&message, IPC_LOOK, look->id);
	ipc_message_add(&message, IPC_IDENTIFIER, domain);
	if (buf_error(&message) || ipc_channel_send(registrar->validator, &message)) {
		free(look);
		return XICA_EAGAIN;
	}
	registrar->looks = look;
	return XICA_OK;
}

static struct look *take(struct registrar *registrar, uint64_t id)
{
	for (struct look **link = &registrar->looks; *link; link = &(*link)->next)
		if ((*link)->id == id) {
			struct look *look = *link;
			*link = look->next;
			return look;
		}
	return NULL;
}

void registrar_handle_looked(struct ipc_channel *channel, const struct ipc_message *message, const int *fds, size_t fd_count, void *context)
{
	struct look *look = take(registrar_of(context), message->id);
	(void)channel, (void)fds, (void)fd_count;
	if (!look)
		return;
	json_t *seen = jose_json_parse(ipc_message_bytes(message, IPC_BODY));
	if (!seen)
		log_error("what the validator saw can't be read");
	look->done(look->context, seen);
	json_decref(seen);
	free(look);
}

void registrar_looks_interrupt(struct registrar *registrar)
{
	while (registrar->looks) {
		struct look *look = registrar->looks;
		registrar->looks = look->next;
		look->done(look->context, NULL);
		free(look);
	}
}
