// Base32 without padding (RFC 4648 §6).
#pragma once
#include "base/buf.h"

void base32_encode(struct buf *out, struct view in);
