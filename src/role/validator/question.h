// The registrar's questions as the validating room takes them.
#pragma once
#include "ipc/message.h"
#include "validate/proof.h"

// All views live in arena. XICA_EUNSUPPORTED: no such challenge. XICA_ENOTFOUND: no such method. XICA_EPARSE, XICA_ERANGE: a field that can't be meant.
typedef int validator_question_reader(const struct ipc_message *message, struct arena *arena, struct proof_request *ret_request);

validator_question_reader validator_read_validate;  // IPC_VALIDATE
validator_question_reader validator_read_check_caa; // IPC_CHECK_CAA
validator_question_reader validator_read_code_send; // IPC_CODE_SEND: what a code would prove
