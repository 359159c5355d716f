#include "inspect/expected.h"

#include <stdlib.h>
#include <string.h>

enum { BUCKETS_FIRST = 256 };

static size_t hash_of(struct view name)
{
	uint64_t hash = 14695981039346656037U; // FNV-1a; an operator who chooses names badly waits longer
	for (size_t i = 0; i < name.len; i++)
		hash = (hash ^ name.ptr[i]) * 1099511628211U;
	return (size_t)hash;
}

static struct inspect_entry *find(const struct inspect_expected *expected, struct view name)
{
	struct inspect_entry *entry = expected->bucket_count ? expected->buckets[hash_of(name) % expected->bucket_count] : NULL;
	while (entry && !view_equal(entry->name, name))
		entry = entry->in_bucket;
	return entry;
}

static void put_in_bucket(struct inspect_expected *expected, struct inspect_entry *entry)
{
	struct inspect_entry **bucket = &expected->buckets[hash_of(entry->name) % expected->bucket_count];
	entry->in_bucket = *bucket;
	*bucket = entry;
}

static int grow(struct inspect_expected *expected)
{
	size_t count = expected->bucket_count ? expected->bucket_count * 4 : BUCKETS_FIRST;
	struct inspect_entry **buckets = calloc(count, sizeof(struct inspect_entry *));
	if (!buckets)
		return XICA_ENOMEM;
	free(expected->buckets);
	expected->buckets = buckets;
	expected->bucket_count = count;
	for (struct inspect_entry *entry = expected->first; entry; entry = entry->next)
		put_in_bucket(expected, entry);
	return XICA_OK;
}

// The one of this name, made where there is none.
static struct inspect_entry *entry_of(struct inspect_expected *expected, struct view name)
{
	struct inspect_entry *entry = find(expected, name);
	if (entry)
		return entry;
	if (expected->count >= expected->bucket_count && grow(expected))
		return NULL;
	entry = arena_alloc(&expected->arena, sizeof(*entry));
	struct view copy = arena_copy(&expected->arena, name);
	if (!entry || !copy.ptr)
		return NULL;
	*entry = (struct inspect_entry){.next = expected->first, .name = copy};
	expected->first = entry;
	expected->count++;
	put_in_bucket(expected, entry);
	return entry;
}

static int copy(struct arena *arena, struct view *text)
{
	if (!text->len)
		return XICA_OK;
	*text = arena_copy(arena, *text);
	return text->ptr ? XICA_OK : XICA_ENOMEM;
}

static int keep(struct inspect_expected *expected, struct inspect_entry *entry, const struct inspect_act *act)
{
	struct inspect_act kept = *act;
	kept.value = kept.limit = VIEW_NONE; // the name says it
	if (copy(&expected->arena, &kept.by) || copy(&expected->arena, &kept.text))
		return XICA_ENOMEM;
	entry->act = kept;
	return XICA_OK;
}

static int note(struct inspect_expected *expected, enum inspect_subject_kind kind, struct view name, const struct inspect_act *act, bool there)
{
	cleanup_buf whole = BUF_INIT;
	buf_add_byte(&whole, (uint8_t)kind);
	buf_add(&whole, name);
	if (buf_error(&whole))
		return XICA_ENOMEM;
	struct inspect_entry *entry = entry_of(expected, buf_view(&whole));
	if (!entry)
		return XICA_ENOMEM;
	bool was = entry->there;
	xica_time since = entry->act.time;
	entry->there = there;
	if (was && act->kind == INSPECT_ACT_KEY_BLOCKED)
		return XICA_OK; // the first one stays
	int error = keep(expected, entry, act);
	if (!error && was && act->kind == INSPECT_ACT_RENEWAL_CALLED)
		entry->act.time = since;
	return error;
}

static int note_number(struct inspect_expected *expected, enum inspect_subject_kind kind, const struct inspect_act *act, bool there)
{
	cleanup_buf name = BUF_INIT;
	buf_addf(&name, "%lld", (long long)act->id);
	return note(expected, kind, buf_view(&name), act, there);
}

static int note_rate(struct inspect_expected *expected, const struct inspect_act *act, bool there)
{
	cleanup_buf name = BUF_INIT;
	buf_addf(&name, "%.*s %.*s", VIEW_FMT(act->limit), VIEW_FMT(act->value));
	return note(expected, INSPECT_OF_RATE, buf_view(&name), act, there);
}

int inspect_expect(struct inspect_expected *expected, const struct inspect_act *act)
{
	int error;
	switch (act->kind) {
	case INSPECT_ACT_KEY_BLOCKED: return note(expected, INSPECT_OF_KEY, view_bytes(act->hash, sizeof(act->hash)), act, true);
	case INSPECT_ACT_NAME_BLOCKED: return note(expected, INSPECT_OF_NAME, act->value, act, true);
	case INSPECT_ACT_NAME_UNBLOCKED: return note(expected, INSPECT_OF_NAME, act->value, act, false);
	case INSPECT_ACT_NETWORK_BLOCKED: return note(expected, INSPECT_OF_NETWORK, act->value, act, true);
	case INSPECT_ACT_NETWORK_UNBLOCKED: return note(expected, INSPECT_OF_NETWORK, act->value, act, false);
	case INSPECT_ACT_ACCOUNT_VALID: return note_number(expected, INSPECT_OF_ACCOUNT, act, false);
	case INSPECT_ACT_ACCOUNT_SUSPENDED:
	case INSPECT_ACT_ACCOUNT_DEACTIVATED: return note_number(expected, INSPECT_OF_ACCOUNT, act, true);
	case INSPECT_ACT_PERSON_SUSPENDED: return note_number(expected, INSPECT_OF_PERSON, act, true);
	case INSPECT_ACT_PERSON_RESUMED: return note_number(expected, INSPECT_OF_PERSON, act, false);
	case INSPECT_ACT_PERSON_OPERATOR: return note_number(expected, INSPECT_OF_OPERATOR, act, act->flag);
	case INSPECT_ACT_PERSON_DELETED:
		error = note_number(expected, INSPECT_OF_PERSON, act, false);
		return error ? error : note_number(expected, INSPECT_OF_OPERATOR, act, false);
	case INSPECT_ACT_EAB_REVOKED: return note(expected, INSPECT_OF_EAB, act->value, act, true);
	case INSPECT_ACT_RATE_SET: return note_rate(expected, act, true);
	case INSPECT_ACT_RATE_DROPPED: return note_rate(expected, act, false);
	case INSPECT_ACT_RENEWAL_CALLED: return note(expected, INSPECT_OF_RENEWAL, act->value, act, true);
	case INSPECT_ACT_RENEWAL_WITHDRAWN: return note(expected, INSPECT_OF_RENEWAL, act->value, act, false);
	case INSPECT_ACT_PERSON_LOGGED_OUT:
	case INSPECT_ACT_EAB_MADE:
	case INSPECT_ACT_ORDER_APPROVED:
	case INSPECT_ACT_ORDER_REFUSED: break; // leave no row that stays
	}
	return XICA_OK;
}

struct inspect_entry *inspect_expected_find(const struct inspect_expected *expected, enum inspect_subject_kind kind, struct view name)
{
	cleanup_buf whole = BUF_INIT;
	buf_add_byte(&whole, (uint8_t)kind);
	buf_add(&whole, name);
	struct inspect_entry *entry = buf_error(&whole) ? NULL : find(expected, buf_view(&whole));
	return entry && entry->there ? entry : NULL;
}

void inspect_expected_free(struct inspect_expected *expected)
{
	arena_free(&expected->arena);
	free(expected->buckets);
	*expected = (struct inspect_expected){0};
}
