// The registrar and the signer's audit log: notes of what operators did go into it, and the console reads and verifies it.
//
// A note is a row of the same unit as the act (store/operator_note.h), and goes only when the signer has said that it is on disk. So an act is never without its note, and a
// crash between the two at most doubles one: each bears its number.
#pragma once
#include "role/registrar/control/control.h"

XICA_MUST_CHECK int registrar_audit_note(struct store_txn *txn, struct control_command *command);
json_t *registrar_audit_short(const char *text); // as it stands in a line: cut after 200 bytes, "…"
// There may be notes to be told, or there is a signer again.
void registrar_audit_notes_go(struct registrar *registrar);
// Where the log ends comes with the signer's answers (AUDIT_SIZE, AUDIT_HASH), and goes into the database with what they are about: lines cut off are missed then.
void registrar_audit_take_head(struct registrar *registrar, const struct ipc_message *message);
XICA_MUST_CHECK int registrar_audit_keep_head(struct store_txn *txn, const struct registrar *registrar);
XICA_MUST_CHECK int registrar_audit_start(struct registrar *registrar);
void registrar_audit_signer_gone(struct registrar *registrar);
bool registrar_audit_answer(struct registrar *registrar, const struct ipc_message *message); // false: not ours
void registrar_audit_free(struct registrar *registrar); // whoever waits is told that there is no answer
