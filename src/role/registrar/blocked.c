#include "role/registrar/blocked.h"

#include <stdlib.h>

#include "base/log.h"
#include "config/address.h"
#include "http/networks.h"

// --- names

int registrar_blocked_names(struct store_txn *txn, struct request *request, const struct pki_identifier *identifiers, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		bool covers = false;
		int error = store_block_covers(txn, identifiers[i].value, identifiers[i].wildcard, &covers);
		if (error)
			return error;
		if (!covers)
			continue;
		const char *name = pki_identifier_text(&identifiers[i], &request->arena);
		request->blocked = true;
		return request_refuse(request, ACME_REJECTED_IDENTIFIER,
				      arena_printf(&request->arena, "this CA's operator doesn't want certificates for %s: ask them why", name ? name : "one of these names"));
	}
	return XICA_OK;
}

// --- networks

struct reading {
	struct registrar *registrar;
	struct buf bytes; // as http/networks.h wants them
};

static int add_networks(struct store_txn *txn, struct view after, struct arena *arena, struct buf *bytes, struct view *ret_last)
{
	enum { AT_ONCE = 500 };
	struct store_block *list;
	size_t count;
	int error = store_block_list(txn, STORE_BLOCK_NETWORK, after, AT_ONCE, arena, &list, &count);
	for (size_t i = 0; !error && i < count; i++) {
		struct config_network network;
		const char *text = arena_strdup(arena, list[i].value);
		error = text ? config_network_parse(text, &network) : XICA_ENOMEM;
		if (error)
			break;
		buf_add(bytes, view_bytes(network.address, sizeof(network.address)));
		buf_add_byte(bytes, (uint8_t)network.prefix);
	}
	*ret_last = !error && count ? list[count - 1].value : VIEW_NONE;
	return error ? error : buf_error(bytes);
}

static int read_networks(struct store_txn *txn, void *context)
{
	struct reading *reading = context;
	cleanup_arena arena = ARENA_INIT;
	struct view after = VIEW_NONE;
	int error;
	buf_clear(&reading->bytes);
	do
		error = add_networks(txn, after, &arena, &reading->bytes, &after);
	while (!error && after.len && reading->bytes.len < (size_t)HTTP_NETWORKS_MAX * HTTP_NETWORK_LEN);
	return error;
}

void registrar_blocked_tell(const struct registrar *registrar, struct ipc_channel *front)
{
	cleanup_buf message = BUF_INIT;
	ipc_message_begin(&message, IPC_BLOCKED_NETWORKS, 0);
	ipc_message_add(&message, IPC_BODY, registrar->blocked.len ? buf_view(&registrar->blocked) : VIEW_LIT(""));
	int error = buf_error(&message);
	if (!error)
		error = ipc_channel_send(front, &message);
	if (error && error != XICA_ECLOSED)
		log_error("a front could not be told of blocked networks: %s", xica_strerror(error));
}

static void networks_read(int error, void *context)
{
	struct reading *reading = context;
	struct registrar *registrar = reading->registrar;
	if (error) {
		log_error("the blocked networks can't be read: %s", xica_strerror(error));
	} else {
		buf_free(&registrar->blocked);
		registrar->blocked = reading->bytes;
		reading->bytes = BUF_INIT;
		for (unsigned i = 0; i < REGISTRAR_FRONTS_MAX; i++)
			if (registrar->fronts[i])
				registrar_blocked_tell(registrar, registrar->fronts[i]);
	}
	buf_free(&reading->bytes);
	free(reading);
}

void registrar_blocked_changed(struct registrar *registrar)
{
	struct reading *reading = calloc(1, sizeof(*reading));
	if (!reading) {
		log_error("out of memory: fronts hear of blocked networks at the next start");
		return;
	}
	*reading = (struct reading){registrar, BUF_INIT};
	int error = store_submit(registrar->store, read_networks, networks_read, reading);
	if (error)
		networks_read(error, reading);
}

int registrar_blocked_start(struct registrar *registrar)
{
	struct reading reading = {registrar, BUF_INIT};
	int error = store_run(registrar->store, read_networks, &reading);
	if (error)
		buf_free(&reading.bytes);
	else
		registrar->blocked = reading.bytes;
	return error;
}

void registrar_blocked_free(struct registrar *registrar)
{
	buf_free(&registrar->blocked);
}
