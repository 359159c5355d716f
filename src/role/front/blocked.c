// Networks that the operator has blocked: on the https port nothing is done for them. CRLs, OCSP and the CA's certificates stay open: those who check a certificate are others
// than those who misbehave.
#include "base/log.h"
#include "role/front/front.h"

void front_take_blocked(struct ipc_channel *channel, const struct ipc_message *message, const int *fds, size_t fd_count, void *context)
{
	struct front *front = front_of(context);
	struct http_networks *networks;
	(void)channel, (void)fds, (void)fd_count; // the type has no descriptors
	int error = front ? http_networks_new(ipc_message_bytes(message, IPC_BODY), &networks) : XICA_ECLOSED;
	if (error) {
		if (front)
			log_error("the blocked networks can't be taken: %s", xica_strerror(error));
		return;
	}
	http_networks_free(front->blocked);
	front->blocked = networks;
}

bool front_is_blocked(struct front *front, const struct http_request *request)
{
	if (!http_networks_have(front->blocked, request->address))
		return false;
	metrics_add(&front->counts->blocked, 1);
	return true;
}
