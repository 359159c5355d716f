// What was built and linted and waits for its ISSUE: each under a random token, for one use, for a minute.
#pragma once
#include "config/ca_dir.h"
#include "crypto/digest.h"
#include "pki/build.h"

enum { SIGNER_TOKEN_LEN = 16, SIGNER_TOKEN_LIFETIME_MS = 60000, SIGNER_TICKETS_MAX = 2048 };

struct signer_ticket {
	uint8_t token[SIGNER_TOKEN_LEN];
	uint8_t serial[PKI_SERIAL_LEN];
	struct buf tbs;                          // as it was linted
	uint8_t linted[CRYPTO_SHA256_LEN];       // its SHA-256 at that moment
	const struct ca_issuer *issuer;          // borrowed
	struct buf record;                       // the audit line's members, but for the certificate
	int64_t expires_ms;                      // monotonic
	bool used;                               // false: an empty place in the table
};

struct signer_tokens { // begin with zeros
	struct signer_ticket tickets[SIGNER_TICKETS_MAX];
	size_t next; // where the search for a place begins
};

void signer_ticket_free(struct signer_ticket *ticket);
// Takes the ticket over and gives it a token. XICA_ERANGE: no place is free, and the ticket stays the caller's; XICA_ECRYPTO likewise.
XICA_MUST_CHECK int signer_tokens_add(struct signer_tokens *tokens, struct signer_ticket *ticket, int64_t now_ms,
				      uint8_t ret_token[SIGNER_TOKEN_LEN]);
// The ticket leaves the table and is the caller's. XICA_ENOTFOUND: never given, used, burnt or too old.
XICA_MUST_CHECK int signer_tokens_take(struct signer_tokens *tokens, struct view token, int64_t now_ms, struct signer_ticket *ret_ticket);
// No token for this serial is good any more. True: one was, so that nothing was signed with it.
bool signer_tokens_burn(struct signer_tokens *tokens, struct view serial);
void signer_tokens_clear(struct signer_tokens *tokens);
