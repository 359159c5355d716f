// The operator's socket: a Unix SEQPACKET socket that only its owner may open. A packet is a JSON object {"command": …, arguments}; the answer is one packet, an object with
// either the result's members or "error", a sentence.
#include <errno.h>
#include <event2/event.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/base64url.h"
#include "base/log.h"
#include "jose/jws.h"
#include "role/registrar.h"
#include "store/eab.h"

enum { PACKET_MAX = 65536, CLIENTS_MAX = 16, KID_BYTES = 12, MAC_KEY_BYTES = 32 };

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

struct command {
	struct registrar *registrar;
	const json_t *arguments;
	json_t *result;
	const char *error;
};

// --- commands

static int random_text(size_t len, struct buf *bytes, struct buf *text)
{
	uint8_t *at = buf_extend(bytes, len);
	int error = at ? crypto_random(at, len) : XICA_ENOMEM;
	if (error)
		return error;
	base64url_encode(text, buf_view(bytes));
	return buf_error(text);
}

static int eab_create(struct store_txn *txn, void *context)
{
	struct command *command = context;
	cleanup_buf kid_bytes = BUF_INIT, kid = BUF_INIT, mac_key = BUF_INIT, mac_text = BUF_INIT;
	const char *note = json_string_value(json_object_get(command->arguments, "note"));
	int error = random_text(KID_BYTES, &kid_bytes, &kid);
	if (error || (error = random_text(MAC_KEY_BYTES, &mac_key, &mac_text)))
		return error;
	struct store_eab row = {.kid = buf_view(&kid), .mac_key = buf_view(&mac_key), .note = view_str(note ? note : ""), .created = clock_now()};
	if ((error = store_eab_create(txn, &row)))
		return error;
	command->result = json_pack("{s:s, s:s, s:s}", "kid", buf_cstr(&kid), "hmac_key", buf_cstr(&mac_text), "note", note ? note : "");
	return command->result ? XICA_OK : XICA_ENOMEM;
}

static int eab_revoke(struct store_txn *txn, void *context)
{
	struct command *command = context;
	const char *kid = json_string_value(json_object_get(command->arguments, "kid"));
	int error = kid ? store_eab_revoke(txn, view_str(kid), clock_now()) : XICA_EINVAL;
	if (error == XICA_ECONFLICT)
		command->error = "there is no such key, or it is revoked already";
	if (error)
		return error;
	command->result = json_pack("{s:s}", "kid", kid);
	return command->result ? XICA_OK : XICA_ENOMEM;
}

static json_t *eab_json(const struct store_eab *row)
{
	cleanup_buf created = BUF_INIT;
	const char *state = row->revoked ? "revoked" : row->account ? "bound" : "unused";
	clock_add_rfc3339(&created, row->created);
	return json_pack("{s:s#, s:s#, s:s, s:s, s:I}", "kid", (const char *)row->kid.ptr, (int)row->kid.len, "note",
			 row->note.len ? (const char *)row->note.ptr : "", (int)row->note.len, "created", buf_cstr(&created), "state", state,
			 "account", (json_int_t)row->account);
}

static int eab_list(struct store_txn *txn, void *context)
{
	struct command *command = context;
	cleanup_arena arena = ARENA_INIT;
	struct store_eab *rows;
	size_t count;
	const char *after = json_string_value(json_object_get(command->arguments, "after"));
	json_t *list = json_array();
	int error = store_eab_list(txn, view_str(after), 100, &arena, &rows, &count);
	for (size_t i = 0; !error && i < count; i++)
		if (json_array_append_new(list, eab_json(&rows[i])))
			error = XICA_ENOMEM;
	if (error) {
		json_decref(list);
		return error;
	}
	command->result = json_pack("{s:o}", "keys", list);
	return command->result ? XICA_OK : XICA_ENOMEM;
}

static const struct {
	const char *name;
	store_work *work;
} COMMANDS[] = {
	{"eab-create", eab_create},
	{"eab-list", eab_list},
	{"eab-revoke", eab_revoke},
};

// --- packets

static json_t *answer_of(struct registrar *registrar, struct view packet)
{
	json_t *arguments = jose_json_parse(packet);
	struct view name = view_str(json_string_value(json_object_get(arguments, "command")));
	struct command command = {.registrar = registrar, .arguments = arguments, .error = "there is no such command"};
	for (size_t i = 0; i < sizeof(COMMANDS) / sizeof(COMMANDS[0]); i++)
		if (view_equal_str(name, COMMANDS[i].name)) {
			command.error = NULL;
			int error = store_run(registrar->store, COMMANDS[i].work, &command);
			if (error && !command.error)
				command.error = xica_strerror(error);
			log_info("operator command=%s result=%s", COMMANDS[i].name, error ? command.error : "done");
		}
	json_decref(arguments);
	if (!command.error)
		return command.result;
	json_decref(command.result);
	return json_pack("{s:s}", "error", command.error);
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
	static uint8_t packet[PACKET_MAX];
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
