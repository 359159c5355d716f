// Between the files of the signer's evidence (role/signer/evidence.h): one file a group of steps.
#pragma once
#include "role/signer/evidence.h"

struct signer_check { // one request under examination
	const struct signer_policy *policy;
	const struct signer_request *request;
	xica_time now;
	struct arena *arena;
	struct signer_evidence *found;
	struct signer_refusal *refusal;
};

// XICA_EDENIED, with the reason and its own text, or a better detail (NULL: the text).
XICA_MUST_CHECK int signer_refuse(struct signer_check *check, enum pki_refusal reason, const char *detail);

XICA_MUST_CHECK int signer_step_finalize(struct signer_check *check);
XICA_MUST_CHECK int signer_step_request(struct signer_check *check);
XICA_MUST_CHECK int signer_step_key_changes(struct signer_check *check);
XICA_MUST_CHECK int signer_step_receipts(struct signer_check *check);
XICA_MUST_CHECK int signer_step_names(struct signer_check *check);
