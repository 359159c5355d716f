// What a CA to play with may do to clients on purpose (docs/chaos.md), a bit each. Each is something that RFC 8555 or HTTP allows a server, and that a
// good client gets over.
#pragma once
#include "base/buf.h"

enum chaos_kind {
	CHAOS_NONCE = 1 << 0,      // a good nonce is refused
	CHAOS_BUSY = 1 << 1,       // 429 and 503
	CHAOS_DATE = 1 << 2,       // Retry-After as a date
	CHAOS_DELAY = 1 << 3,      // the answer is late
	CHAOS_PROCESSING = 1 << 4, // challenges and orders take some polls
	CHAOS_SHUFFLE = 1 << 5,    // lists come in another order each time
	CHAOS_DROP = 1 << 6,       // the connection closes where finalize's answer would be
	CHAOS_EXPIRE = 1 << 7,     // an authorization ends between ready and finalize
	CHAOS_PAGES = 1 << 8,      // orders lists have three to a page
	CHAOS_CHAINS = 1 << 9,     // there are several chains, and any of them may be the default
	CHAOS_PROFILE = 1 << 10,   // an order that names no profile gets any
	CHAOS_EAB = 1 << 11,       // accounts need an external account key
	CHAOS_ALL = (1 << 12) - 1,
};

// "nonce,delay": these. "-eab,-drop": all but these. "" or "all": all. XICA_EPARSE: a word that is none, both forms mixed, or none left.
XICA_MUST_CHECK int chaos_kinds_parse(struct view text, unsigned *ret_kinds);
void chaos_kinds_write(unsigned kinds, struct buf *out); // as words with commas, appended
