// The signer as a process, locked in as it is in service, with the test as its parent and its registrar on real sockets: so it can be told what it must not
// believe, killed, and started again on the same audit log.
#pragma once
#include <event2/event.h>
#include <sys/types.h>

#include "ipc/endpoint.h"
#include "ipc/message.h"
#include "signer_fixture.h"

enum { RIG_ANSWERS_MAX = 64 };

struct rig_answer {
	enum ipc_type type;
	uint64_t id;
	char reason[32];
	struct buf token, serial, certificate, crl, body;
	uint64_t offset, number;
	bool faulty;
};

struct signer_rig {
	struct event_base *base;
	struct ipc_channel *parent, *registrar;
	pid_t child;
	bool ready, parent_closed, registrar_closed;
	struct rig_answer answers[RIG_ANSWERS_MAX]; // in the order in which they came, since the start or since rig_forget_answers
	size_t count;
};

extern struct signer_rig rig; // one at a time

// Of a whole group of tests: they share the CA and its audit log.
int rig_set_up(void **state);
int rig_tear_down(void **state);

// --- the role, in a process of its own
void rig_start(const char *crash_at); // NULL: nowhere; its registrar is connected
void rig_connect_registrar(void);     // again
int rig_stop(void);                   // in order; as rig_ended
int rig_ended(void);                  // waits for its end: the exit code, or minus the signal
void rig_wait_for(const bool *flag);
// While it is held, what is sent to it waits, and is read in one turn of its loop then.
void rig_hold(void);
void rig_let_go(void);

// --- as a registrar
void rig_send(const struct buf *message);
void rig_send_with(enum ipc_type type, uint64_t id, enum ipc_field field, struct view bytes);
void rig_send_prepare(const struct applicant *a, uint64_t id);
void rig_wait_for_answers(size_t count);
void rig_forget_answers(void);
// The next answer, which must be this one.
const struct rig_answer *rig_take(uint64_t id, enum ipc_type type);
void rig_expect_refusal(uint64_t id, enum pki_refusal reason);
const struct rig_answer *rig_prepare_honestly(uint64_t id); // example.org, with all that it takes
