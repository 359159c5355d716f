#include "chaos/place.h"

#include <stdlib.h>
#include <string.h>

enum { BUCKETS = 4096 };

struct chaos_places {
	struct chaos_place *buckets[BUCKETS];
	size_t count;
};

int chaos_places_new(struct chaos_places **ret_places)
{
	struct chaos_places *places = calloc(1, sizeof(*places));
	if (!places)
		return XICA_ENOMEM;
	*ret_places = places;
	return XICA_OK;
}

void chaos_places_free(struct chaos_places *places)
{
	for (size_t i = 0; places && i < BUCKETS; i++)
		while (places->buckets[i]) {
			struct chaos_place *place = places->buckets[i];
			places->buckets[i] = place->next;
			free((char *)place->name);
			free((char *)place->label);
			free(place);
		}
	free(places);
}

static struct chaos_place **bucket_of(struct chaos_places *places, const char *name)
{
	uint32_t hash = 2166136261u; // FNV-1a
	for (const char *c = name; *c; c++)
		hash = (hash ^ (uint8_t)*c) * 16777619u;
	return &places->buckets[hash % BUCKETS];
}

struct chaos_place *chaos_places_at(struct chaos_places *places, const char *name)
{
	struct chaos_place **bucket = bucket_of(places, name), *place = *bucket;
	while (place && strcmp(place->name, name) != 0)
		place = place->next;
	if (place || places->count >= CHAOS_PLACES_MAX)
		return place;
	place = calloc(1, sizeof(*place));
	char *copy = place ? strdup(name) : NULL;
	if (!copy) {
		free(place);
		return NULL;
	}
	place->name = copy;
	place->next = *bucket;
	*bucket = place;
	places->count++;
	return place;
}

int chaos_place_call(struct chaos_place *place, const char *label)
{
	if (place->label)
		return XICA_OK;
	place->label = strdup(label);
	return place->label ? XICA_OK : XICA_ENOMEM;
}
