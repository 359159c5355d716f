#include <stdlib.h>
#include <string.h>

#include "role/front/ocsp.h"

enum { BUCKETS = 16384 }; // a power of two

struct entry {
	struct entry *next; // in its bucket
	size_t bucket;
	struct view key, issuer;
	uint64_t shard;
	xica_time until;
	struct front_ocsp_document document;
	struct arena arena;
};

struct front_ocsp_cache {
	struct entry *buckets[BUCKETS];
	struct entry **ring; // all, in the order in which they came; the oldest makes room
	size_t max, at, count;
};

int front_ocsp_cache_new(size_t max, struct front_ocsp_cache **ret_cache)
{
	struct front_ocsp_cache *cache = calloc(1, sizeof(*cache));
	if (!cache || !(cache->ring = calloc(max, sizeof(struct entry *)))) {
		free(cache);
		return XICA_ENOMEM;
	}
	cache->max = max;
	*ret_cache = cache;
	return XICA_OK;
}

// Only what the registrar lets us keep gets in: CertIDs whose serials are our own random numbers. So nobody can choose a bucket.
static size_t bucket_of(struct view key)
{
	uint32_t hash = 2166136261U; // FNV-1a
	for (size_t i = 0; i < key.len; i++)
		hash = (hash ^ key.ptr[i]) * 16777619U;
	return (hash ^ hash >> 16) & (BUCKETS - 1);
}

static void take_out(struct front_ocsp_cache *cache, size_t place)
{
	struct entry *entry = cache->ring[place];
	struct entry **at = &cache->buckets[entry->bucket];
	while (*at != entry)
		at = &(*at)->next;
	*at = entry->next;
	cache->ring[place] = NULL;
	cache->count--;
	arena_free(&entry->arena);
	free(entry);
}

const struct front_ocsp_document *front_ocsp_cache_find(const struct front_ocsp_cache *cache, struct view key, xica_time now)
{
	const struct entry *entry = cache->buckets[bucket_of(key)];
	while (entry && !view_equal(entry->key, key))
		entry = entry->next;
	return entry && now >= entry->document.document.modified - XICA_MINUTE && now < entry->until ? &entry->document : NULL;
}

static int fill(struct entry *entry, struct view key, const struct ipc_message *message)
{
	uint64_t this_update, next_update;
	if (ipc_message_u64(message, IPC_SHARD, &entry->shard) || ipc_message_u64(message, IPC_THIS_UPDATE, &this_update) ||
	    ipc_message_u64(message, IPC_NEXT_UPDATE, &next_update) || this_update > next_update || next_update > INT64_MAX)
		return XICA_EPARSE;
	struct http_document *document = &entry->document.document;
	entry->key = arena_copy(&entry->arena, key);
	entry->issuer = arena_copy(&entry->arena, ipc_message_bytes(message, IPC_ISSUER));
	document->body = arena_copy(&entry->arena, ipc_message_bytes(message, IPC_BODY));
	document->content_type = FRONT_OCSP_TYPE;
	document->modified = (xica_time)this_update;
	entry->document.next_update = (xica_time)next_update;
	entry->until = (xica_time)(this_update + (next_update - this_update) / 2);
	return entry->key.ptr && entry->issuer.ptr && document->body.ptr ? http_document_tag(document->body, document->etag) : XICA_ENOMEM;
}

static void forget_key(struct front_ocsp_cache *cache, struct view key)
{
	const struct entry *entry = cache->buckets[bucket_of(key)];
	while (entry && !view_equal(entry->key, key))
		entry = entry->next;
	for (size_t i = 0; entry && i < cache->max; i++)
		if (cache->ring[i] == entry) {
			take_out(cache, i);
			return;
		}
}

int front_ocsp_cache_put(struct front_ocsp_cache *cache, struct view key, const struct ipc_message *message)
{
	struct entry *entry = calloc(1, sizeof(*entry));
	int error = entry ? fill(entry, key, message) : XICA_ENOMEM;
	if (error) {
		if (entry)
			arena_free(&entry->arena);
		free(entry);
		return error;
	}
	forget_key(cache, key);
	if (cache->ring[cache->at])
		take_out(cache, cache->at);
	entry->bucket = bucket_of(key);
	entry->next = cache->buckets[entry->bucket];
	cache->buckets[entry->bucket] = entry;
	cache->ring[cache->at] = entry;
	cache->at = (cache->at + 1) % cache->max;
	cache->count++;
	return XICA_OK;
}

void front_ocsp_cache_drop(struct front_ocsp_cache *cache, struct view issuer, uint64_t shard)
{
	for (size_t i = 0; i < cache->max; i++)
		if (cache->ring[i] && cache->ring[i]->shard == shard && view_equal(cache->ring[i]->issuer, issuer))
			take_out(cache, i);
}

void front_ocsp_cache_clear(struct front_ocsp_cache *cache)
{
	for (size_t i = 0; cache->count && i < cache->max; i++)
		if (cache->ring[i])
			take_out(cache, i);
}

void front_ocsp_cache_free(struct front_ocsp_cache *cache)
{
	if (!cache)
		return;
	front_ocsp_cache_clear(cache);
	free(cache->ring);
	free(cache);
}

size_t front_ocsp_cache_count(const struct front_ocsp_cache *cache)
{
	return cache->count;
}
