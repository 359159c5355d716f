#include "site/site_try.h"

#include <arpa/inet.h>

#include "crypto/digest.h"
#include "store/attempt.h"

enum { REMOTE_FREE = 20 }; // of one address: a household or an office may stand behind it

static const struct store_attempt_policy WHO = STORE_ATTEMPT_POLICY;
static const struct store_attempt_policy REMOTE = {.free = REMOTE_FREE, .wait = 2, .most = XICA_HOUR, .forget = XICA_HOUR};
static const struct store_attempt_policy LETTERS = {.free = 5, .wait = 10 * XICA_MINUTE, .most = XICA_DAY, .forget = XICA_DAY};

// Who mends a server looks again and again; who has the CA knock at doors comes to stand still.
static const struct store_attempt_policy LOOKS = {.free = 20, .wait = XICA_MINUTE, .most = XICA_HOUR, .forget = XICA_HOUR};

static int hash_of(const char *what, const char *kind, struct view bytes, uint8_t ret_hash[STORE_HASH_LEN])
{
	cleanup_buf text = BUF_INIT;
	buf_addf(&text, "%s %s ", what, kind);
	buf_add(&text, bytes);
	return buf_error(&text) ? XICA_ENOMEM : crypto_sha256(buf_view(&text), ret_hash);
}

int site_try_remote(struct view remote, const char *what, uint8_t ret_key[STORE_HASH_LEN])
{
	char text[INET6_ADDRSTRLEN] = "";
	uint8_t address[16];
	for (size_t i = 0; i < remote.len && i + 1 < sizeof(text); i++)
		text[i] = (char)remote.ptr[i];
	if (inet_pton(AF_INET6, text, address) == 1)
		remote = view_bytes(address, 8);
	return hash_of(what, "from", remote, ret_key);
}

// One function of the store's on both counters; the client's address first.
struct counters {
	uint8_t remote[STORE_HASH_LEN], who[STORE_HASH_LEN];
	bool has_who;
};

static int counters_of(const struct site_request *request, const char *what, struct view who, struct counters *ret_counters)
{
	ret_counters->has_who = who.len != 0;
	int error = site_try_remote(request->remote, what, ret_counters->remote);
	return error || !who.len ? error : hash_of(what, "against", who, ret_counters->who);
}

static int too_many(struct site_request *request, xica_time wait)
{
	request->retry_after = (unsigned)wait;
	return site_refuse(request, 429, "too-many-tries");
}

int site_try_begin(struct store_txn *txn, struct site_request *request, const char *what, struct view who)
{
	struct counters counters;
	xica_time wait = 0, other = 0;
	int error = counters_of(request, what, who, &counters);
	if (!error)
		error = store_attempt_wait(txn, counters.remote, request->now, &wait);
	if (!error && counters.has_who)
		error = store_attempt_wait(txn, counters.who, request->now, &other);
	if (error)
		return error;
	if (other > wait)
		wait = other;
	if (wait > 0)
		return too_many(request, wait);
	error = store_attempt_failed(txn, counters.remote, request->now, &REMOTE);
	return error || !counters.has_who ? error : store_attempt_failed(txn, counters.who, request->now, &WHO);
}

int site_try_right(struct store_txn *txn, struct site_request *request, const char *what, struct view who)
{
	struct counters counters;
	int error = counters_of(request, what, who, &counters);
	if (!error)
		error = store_attempt_forgive(txn, counters.remote);
	return error || !counters.has_who ? error : store_attempt_clear(txn, counters.who);
}

int site_try_void(struct store_txn *txn, struct site_request *request, const char *what, struct view who)
{
	struct counters counters;
	int error = counters_of(request, what, who, &counters);
	if (!error)
		error = store_attempt_forgive(txn, counters.remote);
	return error || !counters.has_who ? error : store_attempt_forgive(txn, counters.who);
}

int site_try_letter(struct store_txn *txn, struct site_request *request, const char *what, struct view to, bool *ret_may)
{
	uint8_t hash[STORE_HASH_LEN];
	xica_time wait = 0;
	int error = hash_of(what, "to", to, hash);
	if (!error)
		error = store_attempt_wait(txn, hash, request->now, &wait);
	if (!error && !wait)
		error = store_attempt_failed(txn, hash, request->now, &LETTERS);
	if (!error)
		*ret_may = !wait;
	return error;
}

int site_try_look(struct store_txn *txn, struct site_request *request)
{
	uint8_t hash[STORE_HASH_LEN];
	xica_time wait = 0;
	int error = hash_of("look", "by", view_bytes(&request->person.id, sizeof(request->person.id)), hash);
	if (!error)
		error = store_attempt_wait(txn, hash, request->now, &wait);
	if (error)
		return error;
	return wait > 0 ? too_many(request, wait) : store_attempt_failed(txn, hash, request->now, &LOOKS);
}
