// The operator's socket: a Unix SEQPACKET socket that only its owner may open. A packet is a JSON object {"command": …, arguments}; the answer is one packet, an object with
// either the result's members or "error", a sentence.
#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "jose/jws.h"
#include "role/registrar_control.h"

enum { CLIENTS_MAX = 16 };

struct client {
	struct client *next;
	struct control *control;
	int fd;
	struct event *event;
};

struct control {
	struct registrar *registrar;
	int fd;
	struct event *event;
	struct client *clients;
	size_t client_count;
};

// --- packets

static const struct control_verb *const VERBS[] = {registrar_control_eab,     registrar_control_certificates, registrar_control_revoke,
						   registrar_control_accounts, registrar_control_orders,       registrar_control_blocked};

static const struct control_verb *find_verb(struct view name)
{
	for (size_t i = 0; i < sizeof(VERBS) / sizeof(VERBS[0]); i++)
		for (const struct control_verb *verb = VERBS[i]; verb->name; verb++)
			if (view_equal_str(name, verb->name))
				return verb;
	return NULL;
}

static void carry_out(const struct control_verb *verb, struct control_command *command)
{
	int error = store_run(command->registrar->store, verb->work, command);
	if (error && !command->error)
		command->error = xica_strerror(error);
	if (!error)
		command->error = NULL;
	log_info("operator command=%s result=\"%s\"", verb->name, error ? command->error : "done");
	if (!error && verb->then)
		verb->then(command);
}

static json_t *answer_of(struct registrar *registrar, struct view packet)
{
	json_t *arguments = jose_json_parse(packet);
	const struct control_verb *verb = find_verb(view_str(json_string_value(json_object_get(arguments, "command"))));
	struct control_command command = {.registrar = registrar, .arguments = arguments, .arena = ARENA_INIT, .error = "there is no such command"};
	if (verb)
		carry_out(verb, &command);
	json_t *answer = command.error ? json_pack("{s:s}", "error", command.error) : json_incref(command.result);
	json_decref(command.result);
	json_decref(arguments);
	arena_free(&command.arena);
	return answer;
}

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
	json_t *answer = answer_of(client->control->registrar, view_bytes(packet, (size_t)len));
	char *text = json_dumps(answer, JSON_COMPACT);
	json_decref(answer);
	bool sent = text && send(fd, text, strlen(text), MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;
	free(text);
	if (!sent)
		client_free(client);
}

static void listener_readable(evutil_socket_t fd, short what, void *context)
{
	struct control *control = context;
	const struct timeval patience = {60, 0};
	int client_fd = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	(void)what;
	if (client_fd < 0)
		return;
	struct client *client = control->client_count < CLIENTS_MAX ? calloc(1, sizeof(*client)) : NULL;
	if (client)
		client->event = event_new(control->registrar->role->base, client_fd, EV_READ | EV_PERSIST, client_readable, client);
	if (!client || !client->event) {
		free(client);
		(void)close(client_fd);
		return;
	}
	client->control = control;
	client->fd = client_fd;
	client->next = control->clients;
	control->clients = client;
	control->client_count++;
	(void)event_add(client->event, &patience);
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
