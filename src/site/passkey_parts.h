// Between the files of passkeys.
#pragma once
#include "crypto/digest.h"
#include "site/passkey.h"

enum { PASSKEY_HOST_MAX = 253 };

// clientDataJSON (§5.8.1): the type, our challenge, our origin, not from within a frame of another site. XICA_EPARSE, XICA_EDENIED.
XICA_MUST_CHECK int passkey_check_client_data(const struct passkey_asked *asked, const char *type, struct view client_data);
// The relying party's id: the origin's host. XICA_EINVAL: that is no origin.
XICA_MUST_CHECK int passkey_host(struct view origin, char ret_host[PASSKEY_HOST_MAX + 1]);
