#include "role/front/ahead.h"

#include <stdlib.h>
#include <string.h>

enum { BUCKETS = 1024 }; // a power of two

struct entry {
	struct entry *next_in_bucket;
	struct entry *newer, *older;
	int64_t account, until_ms;
	uint8_t thumbprint[CRYPTO_SHA256_LEN];
	uint32_t changes;
	struct view url; // in bytes
	size_t len;
	uint8_t bytes[];
};

struct front_ahead {
	struct front_shared_changes *changes;
	struct entry *buckets[BUCKETS];
	struct entry *newest, *oldest;
	size_t max, count;
	size_t bytes_max, byte_count; // of the messages
};

int front_ahead_new(size_t max, size_t bytes_max, struct front_shared_changes *changes, struct front_ahead **ret_ahead)
{
	struct front_ahead *ahead = calloc(1, sizeof(*ahead));
	if (!ahead)
		return XICA_ENOMEM;
	ahead->max = max;
	ahead->bytes_max = bytes_max;
	ahead->changes = changes;
	*ret_ahead = ahead;
	return XICA_OK;
}

static _Atomic uint32_t *count_of(struct front_shared_changes *changes, int64_t account)
{
	return &changes->counts[(uint64_t)account % FRONT_SHARED_CHANGES];
}

uint32_t front_ahead_changes(const struct front_ahead *ahead, int64_t account)
{
	return atomic_load(count_of(ahead->changes, account)) + atomic_load(&ahead->changes->of_all); // both only grow: the sum is the same where neither did
}

void front_ahead_changed(struct front_ahead *ahead, int64_t account)
{
	(void)atomic_fetch_add(count_of(ahead->changes, account), 1);
}

// Whoever chooses where its answers lie in the table has only its own account's to choose from, and few of them.
static struct entry **bucket_of(struct front_ahead *ahead, int64_t account, struct view url)
{
	uint32_t hash = 2166136261U ^ (uint32_t)account; // FNV-1a
	for (size_t i = 0; i < url.len; i++)
		hash = (hash ^ url.ptr[i]) * 16777619U;
	return &ahead->buckets[(hash ^ hash >> 16) & (BUCKETS - 1)];
}

static struct entry **find(struct front_ahead *ahead, int64_t account, struct view url)
{
	struct entry **at = bucket_of(ahead, account, url);
	while (*at && !((*at)->account == account && view_equal((*at)->url, url)))
		at = &(*at)->next_in_bucket;
	return at;
}

static struct entry *unlink_at(struct front_ahead *ahead, struct entry **at)
{
	struct entry *entry = *at;
	*at = entry->next_in_bucket;
	*(entry->newer ? &entry->newer->older : &ahead->newest) = entry->older;
	*(entry->older ? &entry->older->newer : &ahead->oldest) = entry->newer;
	ahead->count--;
	ahead->byte_count -= entry->len;
	return entry;
}

static void drop(struct front_ahead *ahead, struct entry *entry)
{
	free(unlink_at(ahead, find(ahead, entry->account, entry->url)));
}

static void drop_all(struct front_ahead *ahead)
{
	while (ahead->oldest)
		drop(ahead, ahead->oldest);
}

void front_ahead_clear(struct front_ahead *ahead)
{
	(void)atomic_fetch_add(&ahead->changes->of_all, 1);
	drop_all(ahead);
}

void front_ahead_free(struct front_ahead *ahead)
{
	if (ahead)
		drop_all(ahead);
	free(ahead);
}

// len: at most bytes_max.
static void make_room(struct front_ahead *ahead, size_t len, int64_t now_ms)
{
	while (ahead->oldest && (ahead->count >= ahead->max || ahead->byte_count > ahead->bytes_max - len || ahead->oldest->until_ms <= now_ms))
		drop(ahead, ahead->oldest);
}

static void put(struct front_ahead *ahead, struct entry *entry)
{
	struct entry **at = find(ahead, entry->account, entry->url);
	if (*at)
		free(unlink_at(ahead, at));
	at = bucket_of(ahead, entry->account, entry->url);
	entry->next_in_bucket = *at;
	*at = entry;
	entry->older = ahead->newest;
	*(entry->older ? &entry->older->newer : &ahead->oldest) = entry;
	ahead->newest = entry;
	ahead->count++;
	ahead->byte_count += entry->len;
}

void front_ahead_put(struct front_ahead *ahead, const struct front_ahead_reader *reader, uint32_t changes, int64_t now_ms, struct view reply)
{
	cleanup_arena arena = ARENA_INIT;
	struct ipc_message message;
	if (reply.len > ahead->bytes_max || ipc_message_parse(reply, &arena, &message) || message.type != IPC_HTTP_REPLY || !ipc_message_has(&message, IPC_URL))
		return;
	struct view url = ipc_message_bytes(&message, IPC_URL);
	make_room(ahead, reply.len, now_ms);
	struct entry *entry = malloc(sizeof(*entry) + reply.len);
	if (!entry)
		return;
	*entry = (struct entry){.account = reader->account, .until_ms = now_ms + FRONT_AHEAD_MS, .changes = changes, .len = reply.len};
	memcpy(entry->thumbprint, reader->thumbprint, sizeof(entry->thumbprint));
	memcpy(entry->bytes, reply.ptr, reply.len);
	entry->url = view_bytes(entry->bytes + (url.ptr - reply.ptr), url.len);
	put(ahead, entry);
}

bool front_ahead_take(struct front_ahead *ahead, const struct front_ahead_reader *reader, struct view url, int64_t now_ms, struct arena *arena,
		      struct ipc_message *ret_reply)
{
	struct entry **at = find(ahead, reader->account, url);
	if (!*at)
		return false;
	struct entry *entry = unlink_at(ahead, at);
	bool holds = entry->until_ms > now_ms && entry->changes == front_ahead_changes(ahead, reader->account) &&
		     memcmp(entry->thumbprint, reader->thumbprint, sizeof(entry->thumbprint)) == 0;
	struct view bytes = holds ? arena_copy(arena, view_bytes(entry->bytes, entry->len)) : VIEW_NONE;
	free(entry);
	return bytes.ptr && !ipc_message_parse(bytes, arena, ret_reply);
}
