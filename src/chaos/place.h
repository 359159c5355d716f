// The places at which something is decided, by names that are the same in every run: "finalize a.example#1", not the numbers and random texts of URLs.
// Each place counts how often it was come by. Pure.
#pragma once
#include "base/error.h"
#include "base/view.h"

enum { CHAOS_PLACES_MAX = 1 << 20 };

struct chaos_place {
	const char *name;
	const char *label;   // what an object of that name is called; NULL: it isn't
	uint64_t times;      // come by so far
	unsigned refusals;   // in a row, up to now
	unsigned polls;      // that are still to be answered "processing"
	struct chaos_place *next;
};

struct chaos_places;

XICA_MUST_CHECK int chaos_places_new(struct chaos_places **ret_places);
void chaos_places_free(struct chaos_places *places);
// Makes it where there is none. NULL: there are too many, or no memory. Stays until chaos_places_free.
struct chaos_place *chaos_places_at(struct chaos_places *places, const char *name);
XICA_MUST_CHECK int chaos_place_call(struct chaos_place *place, const char *label); // copies; once
