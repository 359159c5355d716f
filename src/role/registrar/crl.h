// Inside crl*.c: one CRL, of an issuer's shard, and how far its next issue is.
//
//   crl.c       when a CRL is made, recorded and published
//   crl_sign.c  how it is made: what the database says, portion by portion, goes to the signer as it is read
#pragma once
#include <event2/event.h>

#include "role/registrar/registrar.h"

enum {
	CRL_ACTIVE_MAX = 4,          // made at the same time; the others wait
	CRL_PORTION = 10000,         // entries in one unit of the store: some milliseconds
	CRL_ENTRIES_PER_MESSAGE = 1000,
	CRL_ENTRY_LEN = STORE_SERIAL_MAX + 8 + 1,
	CRL_UNSENT_MAX = 4 * 1024 * 1024, // bytes that the signer has not taken: then reading pauses
};

enum crl_state {
	CRL_IDLE,      // its timer runs
	CRL_WAITING,   // for the signer, or for others to be done
	CRL_READING,
	CRL_SIGNING,
	CRL_RECORDING,
};

struct crl_task {
	struct crl_task *next;
	struct registrar *registrar;
	const struct ca_issuer *issuer;
	uint32_t shard;
	enum crl_state state;
	bool touched;          // something was revoked since the last reading began
	bool again;            // while it was read the signer went: what it was told is lost
	bool failed;           // is tried again, later or as soon as another signer comes
	bool refused;          // by the signer, while it is still read
	bool out;              // one is published
	struct event *timer;   // to begin; while reading, to go on
	uint64_t id;           // of the question to the signer
	uint64_t number, revision;
	xica_time this_update, next_update, since; // since: those that expired before are on it no more
	struct buf entries;    // of this portion: CRL_ENTRY_LEN bytes each
	size_t in_portion;
	uint8_t last[STORE_SERIAL_MAX]; // the last serial that was read
	size_t last_len;
	struct buf der;
};

// --- crl.c
void registrar_crl_fail(struct crl_task *task, int error); // tries again later
// --- crl_sign.c
void registrar_crl_make(struct crl_task *task);            // from IDLE or WAITING
void registrar_crl_go_on(struct crl_task *task);           // the timer fired while reading
void registrar_crl_made(struct registrar *registrar);      // one has left READING and SIGNING: another may begin
