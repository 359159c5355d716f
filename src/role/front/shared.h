// What all fronts share: one piece of memory (base/shared_window.h) that the parent makes and hands to each. All zero, it is one in which nothing has happened yet.
#pragma once
#include "acme/nonce.h"
#include "base/shared_rate.h"
#include "http/limits.h"
#include "http/shares.h"

enum { FRONT_SHARED_CHANGES = 4096 };

struct front_shared_changes { // ahead.h
	_Atomic uint32_t counts[FRONT_SHARED_CHANGES]; // an account's: at its id modulo their number
	_Atomic uint32_t of_all;                       // what was taken back of all accounts
};

struct front_shared {
	struct acme_nonce_window nonces;
	struct http_limits_window limits;
	struct http_shares_window shares;
	struct shared_rate ocsp_fresh; // responses that must be signed for a request
	struct front_shared_changes changes;
};
