// Which proof to take where nobody said: the best that works here.
#pragma once
#include "client/lineage.h"
#include "client/proof.h"

// By settings.proof, or else chosen by names and what the settings have; settings.proof is set to it then. XICA_EINVAL: none can do, told.
XICA_MUST_CHECK int client_choose_proof(struct client_lineage *lineage, const struct client_proof_kind **ret_kind, struct client_trouble *trouble);
