// Tokens, thumbprints and the element of xmpp-01 (docs/acme-xmpp.md). Inside this room alone.
#pragma once
#include "base/buf.h"

bool proof_is_token(struct view text);      // base64url: nothing in it needs an escape in XML, or leads out of a folder
bool proof_is_thumbprint(struct view text); // 32 bytes in base64url
void proof_add_element(struct buf *out, struct view token, struct view thumbprint);
