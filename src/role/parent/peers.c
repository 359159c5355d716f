// Roles that talk to one another: whenever both are ready, both get an end of a fresh socketpair.
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "role/parent/parent.h"

static const struct {
	const char *one, *other;
} PAIRS[] = {{"front", "registrar"}, {"validator", "registrar"}, {"signer", "registrar"}, {"mailer", "registrar"}, {"mailer", "validator"},
	{"login", "registrar"}};

static bool are_peers(const struct parent_role *a, const struct parent_role *b)
{
	for (size_t i = 0; i < sizeof(PAIRS) / sizeof(PAIRS[0]); i++)
		if ((!strcmp(a->name, PAIRS[i].one) && !strcmp(b->name, PAIRS[i].other)) ||
		    (!strcmp(b->name, PAIRS[i].one) && !strcmp(a->name, PAIRS[i].other)))
			return true;
	return false;
}

static int tell_of_peer(struct parent_role *role, const struct parent_role *peer, int fd)
{
	cleanup_buf message = BUF_INIT;
	ipc_message_begin(&message, IPC_CONNECT, 0);
	ipc_message_add_str(&message, IPC_PEER, peer->name);
	ipc_message_add_u64(&message, IPC_ROLE_INDEX, peer->index);
	return ipc_channel_send_fds(role->channel, &message, &fd, 1);
}

// XICA_ECLOSED: one of them has gone, and comes again.
static int connect_peers(struct parent_role *role, struct parent_role *peer)
{
	int ends[2];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		return XICA_EIO;
	int error = tell_of_peer(role, peer, ends[0]);
	if (!error)
		error = tell_of_peer(peer, role, ends[1]);
	(void)close(ends[0]);
	(void)close(ends[1]);
	return error;
}

int parent_peers_connect(struct parent_role *role)
{
	struct parent *parent = role->parent;
	for (size_t i = 0; i < parent->role_count; i++) {
		struct parent_role *peer = &parent->roles[i];
		int error = peer->ready && peer->channel && are_peers(role, peer) ? connect_peers(role, peer) : XICA_OK;
		if (error && error != XICA_ECLOSED) {
			log_error("%s and %s can't be connected: %s", role->name, peer->name, xica_strerror(error));
			return error;
		}
	}
	return XICA_OK;
}
