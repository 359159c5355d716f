// dns-01 (RFC 8555 §8.4): a TXT record at _acme-challenge.D, or where a CNAME leads from there, is the digest of the key authorization.
// Of several records one has to fit. The one method that proves wildcards.
#pragma once
#include "validate/challenge.h"

extern const struct challenge_method challenge_dns01;
