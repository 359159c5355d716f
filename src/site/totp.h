// Time-based one-time codes (RFC 6238 over RFC 4226): SHA-1, 30 seconds, 6 digits, as every authenticator app has them. Pure.
#pragma once
#include "base/buf.h"
#include "base/clock.h"

enum { TOTP_SECRET_LEN = 20, TOTP_STEP = 30, TOTP_DIGITS = 6 };

// The code of a step: a number below 1000000.
XICA_MUST_CHECK int totp_code(struct view secret, uint64_t step, uint32_t *ret_code);
// Is this the code of now, or of one step before or after (clocks differ)? after: the newest step whose code was used; it and older ones are good no
// more, so that a code that somebody looked at over a shoulder is worth nothing. XICA_EDENIED: no.
XICA_MUST_CHECK int totp_check(struct view secret, struct view code, xica_time now, int64_t after, int64_t *ret_step);
// otpauth://totp/ISSUER:ADDRESS?secret=…&issuer=…, as apps read it from a QR code.
void totp_add_uri(struct buf *out, struct view secret, struct view issuer, struct view address);
