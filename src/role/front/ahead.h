// Answers ahead: what a client reads next (the authorizations of its new order, its certificate) comes along with the registrar's answer that names it, and is kept here
// for the moment that it takes the client to ask. Each is given once, to the same account by the same key, within FRONT_AHEAD_MS, and only where the account has changed
// nothing since, through whichever front; else the registrar is asked.
#pragma once
#include "crypto/digest.h"
#include "ipc/message.h"
#include "role/front/shared.h"

enum {
	FRONT_AHEAD_MAX = 1024,                   // answers
	FRONT_AHEAD_BYTES_MAX = 16 * 1024 * 1024, // in them: a certificate of a thousand names has hundreds of KiB
	FRONT_AHEAD_MS = 5000,
};

struct front_ahead;
XICA_MUST_CHECK int front_ahead_new(size_t max, size_t bytes_max, struct front_shared_changes *changes, struct front_ahead **ret_ahead); // changes: shared by all fronts, borrowed
void front_ahead_free(struct front_ahead *ahead);
void front_ahead_clear(struct front_ahead *ahead); // for all fronts, and what comes along with the answers to requests under way too

struct front_ahead_reader { // who may have it
	int64_t account;
	const uint8_t *thumbprint; // of the key that verified, CRYPTO_SHA256_LEN
};

// How often the account, or another that is counted with it, was changed by a request, or all was taken back. A request that is forwarded notes it before.
uint32_t front_ahead_changes(const struct front_ahead *ahead, int64_t account);
void front_ahead_changed(struct front_ahead *ahead, int64_t account); // before the request is forwarded, and again before its answer goes out
// now_ms: of clock_monotonic_ms.
// Keeps a copy of the whole message reply, which came with the answer to a request that was forwarded when changes was noted. What can't be kept is dropped.
void front_ahead_put(struct front_ahead *ahead, const struct front_ahead_reader *reader, uint32_t changes, int64_t now_ms, struct view reply);
// False: ask the registrar. *ret_reply is the arena's.
bool front_ahead_take(struct front_ahead *ahead, const struct front_ahead_reader *reader, struct view url, int64_t now_ms, struct arena *arena,
		      struct ipc_message *ret_reply);
