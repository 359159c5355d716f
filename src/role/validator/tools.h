// What the validator works with, made out of the configuration before it locks itself in: everything that needs a file is read here.
#pragma once
#include "config/config.h"
#include "validate/challenge.h"

// ret_tools points into itself and into config: it stays where it is, and config outlives it. Logs what an operator must know.
XICA_MUST_CHECK int validator_tools_open(struct event_base *base, const struct config *config, struct challenge_tools *ret_tools);
void validator_tools_close(struct challenge_tools *tools); // no validation may be under way any more
