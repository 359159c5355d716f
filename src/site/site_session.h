// Sessions: the cookies __Host-session and __Host-operator hold 32 random bytes in base64url, the database their SHA-256.
//
// A token is only ever made here: what a client brings is looked up and never adopted, so that nobody can prepare a session for somebody else. It is
// replaced where rights change (the old one is dead at once) and once an hour (the old one is good until a minute after the new one came back: a page's
// requests run side by side, and an answer may get lost).
#pragma once
#include "site/site.h"

enum {
	SITE_TOKEN_LEN = 32,
	SITE_SESSION_IDLE = 12 * XICA_HOUR,
	SITE_SESSION_LIFETIME = 30 * XICA_DAY,
	SITE_HALF_LIFETIME = 10 * XICA_MINUTE,
	SITE_CONSOLE_IDLE = 15 * XICA_MINUTE,
	SITE_CONSOLE_LIFETIME = 8 * XICA_HOUR,
	SITE_FRESH = 15 * XICA_MINUTE,
	SITE_ROTATE = XICA_HOUR,
	SITE_ROTATE_GRACE = XICA_MINUTE,
	SITE_TOUCH = XICA_MINUTE, // a request is written down this often
};

// Reads both cookies into the request; in each unit, before its work.
XICA_MUST_CHECK int site_session_load(struct store_txn *txn, struct site_request *request);
bool site_signed_in(const struct site_request *request); // with a full session
bool site_is_half(const struct site_request *request);
bool site_is_fresh(const struct site_request *request);

// Somebody logs in: the session that the request came with ends, a new one begins. A full one is fresh, and its browser known from now on (site_device.h).
XICA_MUST_CHECK int site_session_begin(struct store_txn *txn, struct site_request *request, const struct store_person *person,
				       enum store_session_kind kind);
// The session that the request came with: gets a new token, and with fresh counts as just logged in.
XICA_MUST_CHECK int site_session_renew(struct store_txn *txn, struct site_request *request, bool fresh);
// Ends it and takes its cookies away.
XICA_MUST_CHECK int site_session_end(struct store_txn *txn, struct site_request *request);
// The cookies alone, where the sessions were ended otherwise.
XICA_MUST_CHECK int site_session_forget(struct site_request *request);

// The console's own session, beside the person's.
XICA_MUST_CHECK int site_console_begin(struct store_txn *txn, struct site_request *request);
XICA_MUST_CHECK int site_console_end(struct store_txn *txn, struct site_request *request);

// --- tokens, for cookies and for links in letters
// 32 random bytes: their text (in the arena) and their hash.
XICA_MUST_CHECK int site_token_new(struct site_request *request, struct view *ret_text, uint8_t ret_hash[STORE_HASH_LEN]);
// XICA_ENOTFOUND: not the text of a token.
XICA_MUST_CHECK int site_token_hash(struct view text, uint8_t ret_hash[STORE_HASH_LEN]);
