// The operator's socket: a Unix SEQPACKET socket that only its owner may open. A packet is a JSON object {"command": …, arguments}; the answer is one packet, an object with
// either the result's members or "error", a sentence.
#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "jose/jws.h"
#include "role/registrar/control/control.h"

enum { CLIENTS_MAX = 16 };

struct client {
	struct client *next;
	struct control *control;
	int fd;
	struct event *event;
	bool busy;   // its question is being worked on
	char by[48]; // who asks, as the kernel says
};

struct control {
	struct registrar *registrar;
	int fd;
	struct event *event;
	struct client *clients;
	size_t client_count;
};

// --- packets

static void client_free(struct client *client)
{
	struct client **link = &client->control->clients;
	while (*link != client)
		link = &(*link)->next;
	*link = client->next;
	client->control->client_count--;
	event_free(client->event);
	(void)close(client->fd);
	free(client);
}

static const struct timeval PATIENCE = {60, 0};

// The next question is read when this one is answered.
static void answered(void *context, json_t *answer)
{
	struct client *client = context;
	char *text = json_dumps(answer, JSON_COMPACT);
	bool sent = text && send(client->fd, text, strlen(text), MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;
	free(text);
	client->busy = false;
	if (!sent || event_add(client->event, &PATIENCE))
		client_free(client);
}

static void client_readable(evutil_socket_t fd, short what, void *context)
{
	struct client *client = context;
	static uint8_t packet[CONTROL_QUESTION_MAX];
	ssize_t len = (what & EV_TIMEOUT) ? 0 : recv(fd, packet, sizeof(packet), MSG_DONTWAIT);
	if (len < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (len <= 0) {
		client_free(client);
		return;
	}
	json_t *question = jose_json_parse(view_bytes(packet, (size_t)len));
	client->busy = true;
	(void)event_del(client->event);
	int error = control_carry_out(client->control->registrar, question, CONTROL_SOCKET, view_str(client->by), answered, client);
	json_decref(question);
	if (error)
		client_free(client);
}

// Its owner may open the socket, and root: the kernel knows which of them asks.
static int read_peer(int fd, char *by, size_t size)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len))
		return XICA_EIO;
	(void)snprintf(by, size, "uid %lu (control socket)", (unsigned long)peer.uid);
	return XICA_OK;
}

static void listener_readable(evutil_socket_t fd, short what, void *context)
{
	struct control *control = context;
	int client_fd = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	(void)what;
	if (client_fd < 0)
		return;
	struct client *client = control->client_count < CLIENTS_MAX ? calloc(1, sizeof(*client)) : NULL;
	if (client)
		client->event = event_new(control->registrar->role->base, client_fd, EV_READ | EV_PERSIST, client_readable, client);
	if (!client || !client->event || read_peer(client_fd, client->by, sizeof(client->by))) {
		if (client && client->event)
			event_free(client->event);
		free(client);
		(void)close(client_fd);
		return;
	}
	client->control = control;
	client->fd = client_fd;
	client->next = control->clients;
	control->clients = client;
	control->client_count++;
	(void)event_add(client->event, &PATIENCE);
}

int registrar_control_start(struct registrar *registrar, int fd)
{
	struct control *control = calloc(1, sizeof(*control));
	if (!control)
		return XICA_ENOMEM;
	control->registrar = registrar;
	control->fd = fd;
	control->event = event_new(registrar->role->base, fd, EV_READ | EV_PERSIST, listener_readable, control);
	if (!control->event) {
		free(control);
		return XICA_ENOMEM;
	}
	(void)evutil_make_socket_nonblocking(fd);
	(void)event_add(control->event, NULL);
	registrar->control = control;
	return XICA_OK;
}

void registrar_control_free(struct registrar *registrar)
{
	struct control *control = registrar->control;
	if (!control)
		return;
	while (control->clients)
		client_free(control->clients);
	event_free(control->event);
	(void)close(control->fd);
	free(control);
	registrar->control = NULL;
}
