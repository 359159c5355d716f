#include "role/registrar/login.h"

#include <stdlib.h>

#include "base/log.h"

struct login_ask {
	struct login_ask *next;
	uint64_t id;
	struct site_request *request;
	registrar_login_hashed *hashed; // one of the four
	registrar_login_checked *checked;
	registrar_login_registered *registered;
	registrar_login_asserted *asserted;
};

size_t registrar_login_waiting(const struct registrar *registrar)
{
	size_t count = 0;
	for (const struct login_ask *ask = registrar->login_asks; ask; ask = ask->next)
		count++;
	return count;
}

// --- asking

static int begin(struct registrar *registrar, enum ipc_type type, struct buf *message)
{
	if (!registrar->login || registrar_login_waiting(registrar) >= REGISTRAR_LOGIN_WAITING_MAX)
		return XICA_EAGAIN;
	ipc_message_begin(message, type, ++registrar->last_id);
	return XICA_OK;
}

// The message holds a password, perhaps: it is wiped.
static int ask(struct registrar *registrar, struct buf *message, const struct login_ask *as)
{
	struct login_ask *ask = malloc(sizeof(*ask));
	int error = !ask ? XICA_ENOMEM : ipc_channel_send(registrar->login, message) ? XICA_EAGAIN : XICA_OK;
	buf_wipe(message);
	if (error) {
		free(ask);
		return error;
	}
	*ask = *as;
	ask->id = registrar->last_id;
	ask->next = registrar->login_asks;
	registrar->login_asks = ask;
	return XICA_OK;
}

int registrar_login_hash(struct registrar *registrar, struct view password, struct site_request *request, registrar_login_hashed *done)
{
	struct buf message = BUF_INIT;
	int error = begin(registrar, IPC_PASSWORD_HASH, &message);
	if (error)
		return error;
	ipc_message_add(&message, IPC_PASSWORD, password);
	return ask(registrar, &message, &(struct login_ask){.request = request, .hashed = done});
}

int registrar_login_check(struct registrar *registrar, struct view password, struct view hash, struct site_request *request,
			  registrar_login_checked *done)
{
	struct buf message = BUF_INIT;
	int error = begin(registrar, IPC_PASSWORD_CHECK, &message);
	if (error)
		return error;
	ipc_message_add(&message, IPC_PASSWORD, password);
	ipc_message_add(&message, IPC_PASSWORD_HASH_TEXT, hash);
	return ask(registrar, &message, &(struct login_ask){.request = request, .checked = done});
}

int registrar_login_register(struct registrar *registrar, const struct site_passkey *passkey, struct site_request *request,
			     registrar_login_registered *done)
{
	struct buf message = BUF_INIT;
	int error = begin(registrar, IPC_PASSKEY_REGISTER, &message);
	if (error)
		return error;
	ipc_message_add(&message, IPC_NONCE, passkey->nonce);
	ipc_message_add(&message, IPC_URL, passkey->origin);
	ipc_message_add(&message, IPC_CLIENT_DATA, passkey->client_data);
	ipc_message_add(&message, IPC_ATTESTATION, passkey->attestation);
	return ask(registrar, &message, &(struct login_ask){.request = request, .registered = done});
}

int registrar_login_assert(struct registrar *registrar, const struct site_passkey *passkey, struct site_request *request,
			   registrar_login_asserted *done)
{
	struct buf message = BUF_INIT;
	int error = begin(registrar, IPC_PASSKEY_CHECK, &message);
	if (error)
		return error;
	ipc_message_add(&message, IPC_NONCE, passkey->nonce);
	ipc_message_add(&message, IPC_URL, passkey->origin);
	ipc_message_add(&message, IPC_CLIENT_DATA, passkey->client_data);
	ipc_message_add(&message, IPC_AUTHENTICATOR_DATA, passkey->authenticator_data);
	ipc_message_add(&message, IPC_SIGNATURE, passkey->signature);
	ipc_message_add(&message, IPC_PASSKEY, passkey->public_key);
	ipc_message_add_u64(&message, IPC_NUMBER, passkey->counter);
	return ask(registrar, &message, &(struct login_ask){.request = request, .asserted = done});
}

// --- answers

static enum site_login_result result_of(const struct ipc_message *message)
{
	uint64_t result = 0;
	if (message->type != IPC_LOGIN_IS || ipc_message_u64(message, IPC_RESULT, &result))
		return SITE_LOGIN_FAILED;
	switch (result) {
	case IPC_LOGIN_WRONG: return SITE_LOGIN_WRONG;
	case IPC_LOGIN_RIGHT: return SITE_LOGIN_RIGHT;
	case IPC_LOGIN_RIGHT_BUT_OLD: return SITE_LOGIN_RIGHT_BUT_OLD;
	default: return SITE_LOGIN_FAILED;
	}
}

// An answer of another kind than was asked for is as good as none.
static void tell(const struct login_ask *ask, const struct ipc_message *message)
{
	uint64_t counter = 0;
	if (ask->hashed) {
		ask->hashed(ask->request, message->type == IPC_PASSWORD_IS ? ipc_message_bytes(message, IPC_PASSWORD_HASH_TEXT) : VIEW_NONE);
	} else if (ask->registered) {
		bool is = message->type == IPC_PASSKEY_IS;
		ask->registered(ask->request, is ? ipc_message_bytes(message, IPC_PASSKEY) : VIEW_NONE,
				is ? ipc_message_bytes(message, IPC_CREDENTIAL) : VIEW_NONE);
	} else if (ask->checked) {
		ask->checked(ask->request, result_of(message));
	} else {
		(void)!ipc_message_u64(message, IPC_NUMBER, &counter);
		ask->asserted(ask->request, result_of(message), counter);
	}
}

static void tell_nothing(const struct login_ask *ask)
{
	if (ask->hashed)
		ask->hashed(ask->request, VIEW_NONE);
	else if (ask->registered)
		ask->registered(ask->request, VIEW_NONE, VIEW_NONE);
	else if (ask->checked)
		ask->checked(ask->request, SITE_LOGIN_FAILED);
	else
		ask->asserted(ask->request, SITE_LOGIN_FAILED, 0);
}

void registrar_handle_login(struct ipc_channel *channel, const struct ipc_message *message, const int *fds, size_t fd_count, void *context)
{
	struct registrar *registrar = registrar_of(context);
	struct login_ask **link = &registrar->login_asks;
	(void)channel, (void)fds, (void)fd_count;
	while (*link && (*link)->id != message->id)
		link = &(*link)->next;
	struct login_ask *ask = *link;
	if (!ask)
		return; // of an earlier life
	*link = ask->next;
	tell(ask, message);
	free(ask);
}

void registrar_login_gone(struct registrar *registrar)
{
	struct login_ask *ask = registrar->login_asks;
	registrar->login_asks = NULL; // what they ask next waits for the next one
	while (ask) {
		struct login_ask *next = ask->next;
		tell_nothing(ask);
		free(ask);
		ask = next;
	}
}
