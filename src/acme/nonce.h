// Nonces (RFC 8555 §6.5): sealed counters, and a window that says which of them were used. Pure: the memory is handed in.
//
// A nonce is the AES-256 encryption of one block, 8 bytes counter and 8 bytes of zero, as 22 characters of base64url. Nobody without
// the key can make one (the zeros are the check: one guess in 2^64 passes), and nothing is stored when one is given out but the
// counter's next value. What must be remembered is which were used: one bit each, for the latest ACME_NONCE_WINDOW of them.
//
// The window is shared memory that the parent owns and every front maps; all-zero memory is a window from which nothing was issued. So
// a nonce from one front is good on any other, once, and a front that dies takes nothing with it: there is no lock to be left held, and
// each state between two of its instructions is a whole one. The key lives as long as the window: a new window with an old key
// would let old nonces pass again.
//
// Why exactly once, without a lock. The counters are cut into groups of 32; group g lives in word g mod ACME_NONCE_WORDS. A word holds the lap
// (g / ACME_NONCE_WORDS) in its upper half and the 32 used bits of that lap's group in its lower half. To redeem is one compare-and-swap of
// one word, from what was read to what was read plus our bit, or, when the word still holds an earlier lap, to our lap with our bit alone. A word's lap
// only grows, a bit of a lap is never cleared, so of any number of processes that redeem the same counter one swap succeeds and all others read
// its bit. There is no separate step that clears old bits, which could undo somebody's mark: a redeemer that slept for a whole window finds a later
// lap in its word and is refused. Order between words doesn't matter (nothing is read through
// a nonce, and its way over the client's sockets orders its issue before its use), so relaxed atomics serve.
#pragma once
#include <stdatomic.h>

#include "crypto/digest.h"

enum {
	ACME_NONCE_WINDOW = 1 << 20, // so many of the latest nonces are good: minutes at thousands of requests a second
	ACME_NONCE_WORDS = ACME_NONCE_WINDOW / 32,
	ACME_NONCE_LEN = 22,
};

struct acme_nonce_window {
	_Atomic uint64_t head;     // the counter that will be issued next
	uint64_t reserved[7];      // head has a cache line of its own
	_Atomic uint64_t words[ACME_NONCE_WORDS];
};

_Static_assert(ATOMIC_LLONG_LOCK_FREE == 2, "atomics that take a lock do not work between processes");

XICA_MUST_CHECK int acme_nonce_issue(struct acme_nonce_window *window, struct crypto_block *key, char ret_text[ACME_NONCE_LEN + 1]);
// Uses the nonce up. XICA_EPARSE: no nonce at all. XICA_ESIG: not made with this key. XICA_ENOTFOUND: never issued.
// XICA_EEXPIRED: older than the window. XICA_EEXIST: was used. XICA_ECRYPTO.
XICA_MUST_CHECK int acme_nonce_redeem(struct acme_nonce_window *window, struct crypto_block *key, struct view text);
