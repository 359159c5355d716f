// How often one address may ask, whichever front it asks: the generic cell rate algorithm (GCRA, the virtual scheduling form of ITU-T I.371), as in
// base/rate.h, by milliseconds. Pure: the time is an argument and the memory is handed in.
//
// Each address has one number: the theoretical arrival time (TAT) of its next request if it asked at exactly the allowed rate. A request may come up to
// burst - 1 intervals before it. The numbers stand in a window of memory that the parent owns and every front maps, as the nonces' do (acme/nonce.h): so who
// asks all fronts gets no more than who asks one, and what was counted outlives a front. All-zero memory is a window in which nobody has asked.
//
// A slot is one word: a tag of the address in its upper 20 bits, the TAT in its lower 44. It changes by one compare-and-swap, so there is no lock to be left held
// and each state between two instructions is a whole one; whoever loses the race looks again. A TAT that is over is as good as an empty slot, so nothing is ever
// cleaned up. Set and tag of an address are its encryption (http/customer.h).
//
// More addresses than slots. A newcomer takes the slot of its set whose TAT lies furthest back: one that is over, else of whoever has asked least. So he is never
// refused because others fill the table, and who is at his limit is forgotten last: addresses that ask a little push out one another. To push out one that is at
// its limit takes eight more at theirs in the same set, whom only chance brings together: with 2^18 slots that takes some 50,000 addresses (of IPv6: networks)
// that all ask as much as they may, and what those are let through is then so much already that a forgotten one adds nothing.
// Somebody is refused for what another did only where both have the same set and tag: if every slot there is were of somebody at his limit, one stranger in
// 2^17, and with a thousand such addresses one in 2^25.
//
// Nothing else decides by these numbers. A front that was taken over could write that an address has asked too often, or never: it can have requests refused
// or let through, and no more; and a TAT further ahead than the rate can bring about counts as the furthest that it can. One that is so by more than a
// minute (a reload brought a lower burst, or somebody wrote it) becomes that when it is looked at.
#pragma once
#include <stdatomic.h>

#include "base/error.h"
#include "base/view.h"
#include "http/customer.h"

enum {
	HTTP_LIMITS_WAYS = 8, // slots of a set: a cache line
	HTTP_LIMITS_SETS = 1 << 15,
};

struct http_limits_window {
	_Alignas(64) _Atomic uint64_t slots[HTTP_LIMITS_SETS][HTTP_LIMITS_WAYS];
};

struct http_limits;

struct http_limits_options {
	struct http_limits_window *window; // borrowed
	const uint8_t *key;    // HTTP_CUSTOMER_KEY_LEN bytes, the same for all who share the window
	uint8_t kind;          // of what is counted: each is counted by itself
	unsigned per_minute;   // requests in the long run, 1 to 1000000
	unsigned burst;        // at once, 1 to 1000000
};

// XICA_EINVAL, XICA_ENOMEM, XICA_ECRYPTO.
XICA_MUST_CHECK int http_limits_new(const struct http_limits_options *options, struct http_limits **ret_limits);
void http_limits_free(struct http_limits *limits);
// address: 16 bytes, IPv4 as mapped; of IPv6 the first 64 bits count.
// now_ms: of a clock that never goes back and that all who share the window have. False: too often, and *ret_wait_s (at least 1) says when to come again.
// A refused request costs nothing.
bool http_limits_take(struct http_limits *limits, const uint8_t address[16], int64_t now_ms, unsigned *ret_wait_s);
