// Logging in with a passkey. It is both factors: the device had to be there, and knew its owner.
#include "base/base64url.h"
#include "crypto/digest.h"
#include "jose/jws.h"
#include "site/passkey_challenge.h"
#include "site/passkeys.h"
#include "site/who.h"
#include "store/passkey.h"

enum { TIMEOUT_MS = 5 * 60 * 1000 };

struct showing { // request->state
	struct site_passkey asked;
	struct view credential;
	int64_t person;
	enum site_login_result result;
	uint64_t counter;
	site_work *next;
};

int passkey_challenge(struct store_txn *txn, struct site_request *request)
{
	struct view challenge;
	int error = passkey_challenge_new(txn, request, STORE_PENDING_PASSKEY_LOGIN, 0, &challenge);
	return error ? error
		     : site_answer(request, json_pack("{s:o, s:o, s:i, s:s}", "challenge", site_json_text(challenge), "rp_id",
						      site_json_text(who_host(request)), "timeout", TIMEOUT_MS, "user_verification", "required"));
}

static int wrong(struct site_request *request)
{
	return site_refuse(request, 422, "wrong-passkey");
}

static int read_assertion(struct site_request *request, struct showing *showing)
{
	int error = passkey_bytes(request, "id", &showing->credential);
	if (!error)
		error = passkey_bytes(request, "client_data", &showing->asked.client_data);
	if (!error)
		error = passkey_bytes(request, "authenticator_data", &showing->asked.authenticator_data);
	return error ? error : passkey_bytes(request, "signature", &showing->asked.signature);
}

static void checked(struct site_request *request, enum site_login_result result, uint64_t counter)
{
	struct showing *showing = request->state;
	showing->result = result;
	showing->counter = counter;
	site_submit(request, showing->next);
}

static void ask(struct site_request *request)
{
	struct showing *showing = request->state;
	const struct site_owner *owner = &request->site->owner;
	if (owner->passkey_check(owner->context, &showing->asked, request, checked))
		checked(request, SITE_LOGIN_FAILED, 0);
}

int passkey_show(struct store_txn *txn, struct site_request *request, site_work *next)
{
	struct showing *showing = arena_alloc(&request->arena, sizeof(*showing));
	struct store_passkey passkey;
	if (!showing)
		return XICA_ENOMEM;
	int error = read_assertion(request, showing);
	if (!error)
		error = store_passkey_get(txn, showing->credential, &request->arena, &passkey);
	if (!error)
		error = passkey_challenge_take(txn, request, STORE_PENDING_PASSKEY_LOGIN, 0, showing->asked.client_data, &showing->asked.nonce);
	if (error)
		return error == XICA_ENOTFOUND ? wrong(request) : error;
	showing->person = passkey.person;
	showing->asked.public_key = passkey.public_key;
	showing->asked.counter = passkey.counter;
	showing->asked.origin = view_str(request->site->config->url);
	showing->next = next;
	request->state = showing;
	request->then = ask;
	return XICA_OK;
}

int passkey_settle(struct store_txn *txn, struct site_request *request, struct store_person *ret_person)
{
	const struct showing *showing = request->state;
	struct store_person person;
	int error;
	switch (showing->result) {
	case SITE_LOGIN_RIGHT:
	case SITE_LOGIN_RIGHT_BUT_OLD:
		error = store_passkey_use(txn, showing->credential, showing->asked.counter, showing->counter, request->now);
		if (!error)
			error = store_person_get(txn, showing->person, &request->arena, &person);
		if (error == XICA_ECONFLICT || error == XICA_ENOTFOUND) // shown elsewhere, or removed, while we asked
			return wrong(request);
		if (!error && person.status != STORE_PERSON_ACTIVE)
			return site_refuse(request, 403, "suspended");
		if (!error)
			*ret_person = person;
		return error;
	case SITE_LOGIN_FAILED:
		return who_busy(request);
	case SITE_LOGIN_WRONG:
		break;
	}
	return wrong(request);
}
