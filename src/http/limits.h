// How often one address may ask: the generic cell rate algorithm (GCRA, the virtual scheduling form of ITU-T I.371). Pure: the time is an argument.
//
// Each address has one number: the theoretical arrival time (TAT) of its next request if it asked at exactly the allowed rate. A request may come up to
// burst - 1 intervals before it. The table is bounded: where it is full the address that has been quiet longest in its set of four is forgotten. That
// is lenient to whoever is forgotten, and never refuses somebody for what others did.
#pragma once
#include "base/error.h"
#include "base/view.h"

struct http_limits;

struct http_limits_options {
	size_t addresses;      // how many are remembered; rounded up to a power of two
	unsigned per_minute;   // requests in the long run, at least 1
	unsigned burst;        // at once, at least 1
	uint64_t seed;         // random: who shares a set with whom can't be foreseen
};

// XICA_EINVAL, XICA_ENOMEM.
XICA_MUST_CHECK int http_limits_new(const struct http_limits_options *options, struct http_limits **ret_limits);
void http_limits_free(struct http_limits *limits);
// address: 16 bytes, IPv4 as mapped; of IPv6 the first 64 bits count, since one customer has at least that much.
// now_ms never goes back. False: too often, and *ret_wait_s (at least 1) says when to come again. A refused request costs nothing.
bool http_limits_take(struct http_limits *limits, const uint8_t address[16], int64_t now_ms, unsigned *ret_wait_s);
