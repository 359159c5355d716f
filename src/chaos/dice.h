// Dice that fall alike in every run: what comes up is the keyed digest of what is decided, at which place, and the how-manieth time there. Nothing else
// goes into it: no clock, no earlier throw, no process. Pure.
#pragma once
#include "base/buf.h"
#include "crypto/digest.h"

struct chaos_dice {
	uint8_t key[CRYPTO_SHA256_LEN];
};

XICA_MUST_CHECK int chaos_dice_new(uint64_t seed, struct chaos_dice *ret_dice);
// 0 to sides - 1 (sides at least 1). Where the digest can't be had: sides - 1, which decides for no mischief.
unsigned chaos_dice_roll(const struct chaos_dice *dice, const char *what, const char *place, uint64_t time, unsigned sides);
// Is it among so many of a hundred?
bool chaos_dice_happens(const struct chaos_dice *dice, const char *what, const char *place, uint64_t time, unsigned percent);
// A permutation of 0 to count - 1.
void chaos_dice_shuffle(const struct chaos_dice *dice, const char *what, const char *place, uint64_t time, size_t *order, size_t count);
// The key of the external account that everybody may bind to; of the seed alone.
XICA_MUST_CHECK int chaos_dice_secret(const struct chaos_dice *dice, uint8_t ret_secret[CRYPTO_SHA256_LEN]);
