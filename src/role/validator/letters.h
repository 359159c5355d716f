// The letters of email-01, from the registrar's wish to the mailer's answer. The registrar says for whom and to which of the domain's mailboxes; the code is made
// here, and goes to the mailer by a channel that the registrar has no part in.
#pragma once
#include "role/role.h"
#include "validate/codes.h"

enum { VALIDATOR_LETTERS_MAX = 256, VALIDATOR_LETTER_SECONDS = 60 }; // under way at once; for the mailer's answer

struct validator_letters;

// role and codes are borrowed for its life.
XICA_MUST_CHECK int validator_letters_new(struct role *role, struct codes *codes, struct validator_letters **ret_letters);
void validator_letters_free(struct validator_letters *letters); // NULL is fine; answers nobody
void validator_letters_take(struct validator_letters *letters, struct ipc_channel *registrar, const struct ipc_message *message); // IPC_CODE_SEND
void validator_letters_mailed(struct validator_letters *letters, const struct ipc_message *message); // IPC_MAILED
void validator_letters_mailer(struct validator_letters *letters, struct ipc_channel *mailer);       // it is there; NULL: it has gone
void validator_letters_forget_registrar(struct validator_letters *letters, const struct ipc_channel *registrar);
