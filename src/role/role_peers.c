#include "role/role_peers.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"

static void forget(struct role_process *process, struct role_peer *peer)
{
	struct role_peer **link = &process->peers;
	while (*link != peer)
		link = &(*link)->next;
	*link = peer->next;
	free(peer);
}

static struct role_peer *peer_of(const struct role_process *process, const struct ipc_channel *channel)
{
	struct role_peer *peer = process->peers;
	while (peer && peer->channel != channel)
		peer = peer->next;
	return peer;
}

static void tell_gone(struct role_process *process, const struct role_peer *peer)
{
	if (peer->kind->gone && !process->finished)
		peer->kind->gone(&process->role, peer->index, peer->channel);
}

static void on_closed(struct ipc_channel *channel, int error, void *context)
{
	struct role_process *process = context;
	struct role_peer *peer = peer_of(process, channel);
	if (!peer)
		return;
	if (error == XICA_ECLOSED)
		log_debug("peer=%s index=%u has gone", peer->kind->name, peer->index);
	else
		log_error("peer=%s index=%u broke the rules and is cut off: %s", peer->kind->name, peer->index, xica_strerror(error));
	tell_gone(process, peer);
	forget(process, peer);
}

static void drop_earlier(struct role_process *process, const struct role_peer_kind *kind, unsigned index)
{
	for (struct role_peer *peer = process->peers; peer; peer = peer->next)
		if (peer->kind == kind && peer->index == index) {
			struct ipc_channel *channel = peer->channel;
			tell_gone(process, peer);
			forget(process, peer);
			ipc_channel_free(channel);
			return;
		}
}

static int add(struct role_process *process, const struct role_peer_kind *kind, unsigned index, int fd)
{
	struct role_peer *peer = calloc(1, sizeof(*peer));
	if (!peer)
		return XICA_ENOMEM;
	int error = ipc_channel_new(process->role.base, fd, kind->permits, on_closed, &process->role, &peer->channel);
	if (error) {
		free(peer);
		return error;
	}
	peer->kind = kind;
	peer->index = index;
	peer->next = process->peers;
	process->peers = peer;
	if (kind->connected)
		kind->connected(&process->role, index, peer->channel);
	return XICA_OK;
}

int role_peers_connect(struct role_process *process, struct view name, unsigned index, int fd)
{
	const struct role_peer_kind *kind = process->role.kind->peers;
	while (kind && kind->name && !view_equal_str(name, kind->name))
		kind++;
	int error = XICA_EDENIED;
	if (kind && kind->name) {
		drop_earlier(process, kind, index);
		error = add(process, kind, index, fd);
	}
	if (error)
		(void)close(fd);
	return error;
}

void role_peers_drain(struct role_process *process, int milliseconds)
{
	for (struct role_peer *peer = process->peers; peer; peer = peer->next)
		ipc_channel_drain(peer->channel, milliseconds);
}

void role_peers_free(struct role_process *process)
{
	while (process->peers) {
		struct role_peer *peer = process->peers;
		process->peers = peer->next;
		ipc_channel_free(peer->channel);
		free(peer);
	}
}
