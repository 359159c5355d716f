// dns-persist-01 (draft-ietf-acme-dns-persist-02): a TXT record at _validation-persist.D that stays, and says which account of which CA may have certificates for D
// (validate/persist_record.h). Of several records one has to fit. There is no token: what is proven is that D's owner wants this account's key to do it.
#pragma once
#include "validate/challenge.h"

extern const struct challenge_method challenge_dns_persist01;
