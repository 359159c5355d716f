// dns-01 (RFC 8555 §8.4): a TXT record at _acme-challenge.D, or where a CNAME leads from there, is the digest of the key authorization.
// Of several records one has to fit. It proves wildcards too.
#pragma once
#include "validate/challenge.h"

extern const struct challenge_method challenge_dns01;

// The same at another name (NULL: dns-01's own). hint: what an applicant is told beside, who has no record there; it must outlive the run. NULL: nothing.
XICA_MUST_CHECK int dns01_start_at(const struct challenge_tools *tools, const struct challenge_request *request, const char *name, const char *hint,
				   challenge_done *done, void *context, struct challenge_run **ret_run);
void dns01_cancel(struct challenge_run *run);
