// The codes of email-01 that are alive: to whom each was given, until when it counts, how often it may still be guessed. Pure, but for the random
// bytes and the digest: the time is an argument.
//
// A code is 8 characters of an alphabet of 32 (40 bits), shown as ABCD-EFGH. A subject (who wants to prove what in which authorization) has at most one
// living code; a newer one takes the place of the older, with the tries that were left. After the last wrong try the code is gone. A right one stays
// until it expires, so that an answer which got lost can be had again; it is of use to its own subject alone. A full table refuses: it never forgets a living code.
#pragma once
#include "base/clock.h"
#include "crypto/digest.h"
#include "pki/names.h"

enum { CODES_MAX = 4096, CODE_LEN = 8, CODE_TEXT_SIZE = CODE_LEN + 2, CODE_LIFETIME = 15 * XICA_MINUTE, CODE_TRIES = 5 };

struct code_subject {
	uint8_t digest[CRYPTO_SHA256_LEN];
};

struct code { // one that was made
	char text[CODE_TEXT_SIZE]; // "ABCD-EFGH"
	xica_time expires;         // from then on it isn't one any more
	unsigned tries_left;
	uint64_t number;           // to forget this one by, and not its successor
};

enum code_verdict { CODE_RIGHT, CODE_WRONG, CODE_UNKNOWN }; // unknown: the subject has no living code

struct codes;

// max: how many may live at once.
XICA_MUST_CHECK int codes_new(size_t max, struct codes **ret_codes);
void codes_free(struct codes *codes); // NULL is fine; wipes them
// One subject for each combination of the three, and never one for two.
XICA_MUST_CHECK int code_subject_of(const struct pki_identifier *identifier, struct view token, const uint8_t thumbprint[CRYPTO_SHA256_LEN],
				    struct code_subject *ret_subject);
// XICA_EAGAIN: too many live.
XICA_MUST_CHECK int codes_make(struct codes *codes, const struct code_subject *subject, xica_time now, struct code *ret_code);
void codes_forget(struct codes *codes, uint64_t number); // it reached nobody; one that isn't there is fine
// Compares in constant time. A wrong one costs a try; *ret_tries_left is what is left then.
enum code_verdict codes_try(struct codes *codes, const struct code_subject *subject, struct view typed, xica_time now, unsigned *ret_tries_left);
size_t codes_count(const struct codes *codes, xica_time now);

// As people type it: upper case or lower, with spaces and dashes anywhere, O for 0, I or L for 1, U for V. XICA_EPARSE: not 8 such characters.
XICA_MUST_CHECK int code_normalise(struct view typed, char ret_code[CODE_LEN]);
