// One name of a certificate against one domain. Inside pki/peer alone.
#pragma once
#include "pki/der.h"
#include "pki/peer.h"

// Each returns NULL when the name proves the domain, else the clause why not (static storage). domain: lower case, A-labels.
const char *peer_match_dns_name(struct view name, struct view domain);
// value: what stands in the otherName, with its tag.
const char *peer_match_srv_name(const struct der_element *value, struct view domain, enum pki_peer_role role);
// XICA_ENOMEM.
XICA_MUST_CHECK int peer_match_xmpp_addr(const struct der_element *value, struct view domain, struct arena *arena, const char **ret_why);
