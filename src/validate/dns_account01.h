// dns-account-01 (draft-ietf-acme-dns-account-label-03): as dns-01, at a name that the account's URL is in, so that several clients can prove a domain side by side:
// "_" base32(SHA-256(account URL)[0:10]) "._acme-challenge." D. The URL only says where to look: what must stand there is the digest that the account's key is in.
#pragma once
#include "validate/challenge.h"

extern const struct challenge_method challenge_dns_account01;

// The name for this domain, appended. XICA_ENOMEM, XICA_ECRYPTO.
XICA_MUST_CHECK int dns_account01_name(struct view account_url, struct view domain, struct buf *out);
