// How many connections one address has at the same time, whichever front has them: no more than its share. Pure: the memory is handed in.
//
// In a window of memory that the parent owns and every front maps, each front has a part that it alone writes: so there is no lock, and what one of them leaves
// behind when it is killed is known. A part is four rows of counters. An address has one in each row, where its encryption (http/customer.h) says; a connection that
// comes adds one to the four, one that goes takes it away. In a part an address counts as the least of its four, and in all as the sum over the parts. Whoever has
// a new connection adds first and sums up then: of two fronts that do so at the same moment one at least sees the other, so no more than the share gets through.
//
// An address never counts as less than it has. It counts as more only where others share its counter in all four rows of a part: there is no slot to be had or lost,
// and any number of addresses fits in. Nobody can choose who these are; a front that is full, by addresses that each have all of their share, has some 35 of
// them, so that a stranger meets four in one of its parts once in ten million. (And is refused then: the bound fails closed. But while fronts are full all that is new
// is refused.) Who can't be counted, since encryption fails, isn't.
//
// A front that is killed leaves its connections counted until its successor starts, which begins with a part of zeros: at once, or after the parent's pause where it dies
// again and again. Parts of fronts beyond the configured number (a reload has lowered it) aren't counted. Nothing else decides by these numbers: a front that was
// taken over can have connections refused or let through by all, and no more.
#pragma once
#include <stdatomic.h>

#include "base/error.h"
#include "http/customer.h"

enum { HTTP_SHARES_PARTS = 64, HTTP_SHARES_ROWS = 4, HTTP_SHARES_PLACES = 2048 };

struct http_shares_part {
	_Alignas(64) _Atomic uint16_t counts[HTTP_SHARES_ROWS][HTTP_SHARES_PLACES];
};

struct http_shares_window {
	struct http_shares_part parts[HTTP_SHARES_PARTS];
};

struct http_shares;

struct http_shares_options {
	struct http_shares_window *window; // borrowed
	const uint8_t *key;     // HTTP_CUSTOMER_KEY_LEN bytes, the same for all who share the window
	unsigned part, parts;   // ours, and how many there are: at most HTTP_SHARES_PARTS
	unsigned most;          // connections of one address, of each kind
};

// Where a connection is counted, for as long as it lives.
struct http_shares_places {
	bool counted;
	uint16_t places[HTTP_SHARES_ROWS];
};

// Makes the part one without connections: whoever had it must be gone. XICA_EINVAL, XICA_ENOMEM, XICA_ECRYPTO.
XICA_MUST_CHECK int http_shares_new(const struct http_shares_options *options, struct http_shares **ret_shares);
void http_shares_free(struct http_shares *shares); // what is counted stays
// A connection of this address (16 bytes, IPv4 as mapped; of IPv6 the first 64 bits count) that is counted from now on. kind: each is counted by itself.
// False: it is more than the address may have; and counted all the same, until it goes.
bool http_shares_join(struct http_shares *shares, const uint8_t address[16], uint8_t kind, struct http_shares_places *ret_places);
void http_shares_leave(struct http_shares *shares, const struct http_shares_places *places);
