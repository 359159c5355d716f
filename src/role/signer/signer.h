// Between the files of the signer's role: its one context struct, and how it answers.
#pragma once
#include "role/audit/chain.h"
#include "role/audit/search.h"
#include "role/role.h"
#include "role/signer/crl.h"
#include "role/signer/ocsp.h"

enum { SIGNER_REGISTRARS_MAX = 16 };

struct signer_reply;

struct signer {
	struct role *role;
	struct signer_core core;
	struct signer_crls crls;
	struct signer_ocsp ocsp;
	struct ipc_channel *registrars[SIGNER_REGISTRARS_MAX];
	struct signer_reply *replies, **last_reply; // wait until the audit log is on the disk
	struct event *commit; // runs once the loop has handed out what came together
	struct signer_verification {
		struct ipc_channel *asker; // NULL: none is under way, or the asker has gone
		uint64_t id;
		struct audit_check check;
		struct event *turn;        // goes on with the next stretch; NULL: none is under way
	} verification;
	struct signer_recovery {
		struct audit_search search; // for what registrars ask after a crash
		struct event *turn;        // goes on with the next stretch
		int64_t began_ms;          // monotonic: when the first of those was asked who come together
		size_t found, missing;     // of this search
	} recovery;
};

// What a registrar may ask, and who does it (role/signer/requests.c).
extern const struct ipc_permit signer_permits[];

// --- role/signer/audit.c: the operator's acts into the audit log, and the log shown and verified
ipc_handler signer_audit_note, signer_audit_read, signer_audit_verify;
void signer_audit_forget_channel(struct signer *signer, const struct ipc_channel *channel);
void signer_audit_stop(struct signer *signer);

// --- role/signer/recover.c: was this serial signed?
XICA_MUST_CHECK int signer_recover_start(struct signer *signer);
ipc_handler signer_recover;
void signer_recover_forget_channel(struct signer *signer, const struct ipc_channel *channel);
void signer_recover_stop(struct signer *signer);

// --- role/signer/start.c: the line with which it begins; not committed yet
XICA_MUST_CHECK int signer_note_start(struct signer_core *core);

// --- role/signer/reply.c

void signer_send(struct ipc_channel *channel, const struct buf *message);
struct buf signer_issued_message(uint64_t id, struct view serial, struct view certificate);
// The answer to anything that is not 0: XICA_EDENIED comes with its refusal, the rest is our own fault.
void signer_send_failure(struct ipc_channel *channel, uint64_t id, int error, const struct signer_refusal *refusal);
void signer_answer_failure(const struct signer *signer, struct ipc_channel *channel, const struct ipc_message *question, int error, const struct signer_refusal *refusal);
// Where the audit log ends with what was added last: goes with the answer to it.
void signer_add_head(const struct signer *signer, struct buf *message);
// Sends once the audit log's batch is durable, or a refusal where that fails. Takes the message over.
void signer_send_after_commit(struct signer *signer, struct ipc_channel *channel, uint64_t id, struct buf *message);
// What came in together is made durable together, and only then leaves.
void signer_commit(struct signer *signer);
void signer_forget_channel(struct signer *signer, const struct ipc_channel *channel); // the asker has gone
