#include "chaos/kind.h"

static const char *const WORDS[] = {"nonce", "busy", "date", "delay", "processing", "shuffle", "drop", "expire", "pages", "chains", "profile", "eab"};

enum { WORDS_COUNT = sizeof(WORDS) / sizeof(WORDS[0]) };

_Static_assert(CHAOS_ALL == (1 << WORDS_COUNT) - 1, "each kind has its word");

static unsigned kind_of(struct view word)
{
	for (unsigned i = 0; i < WORDS_COUNT; i++)
		if (view_equal_str(word, WORDS[i]))
			return 1u << i;
	return 0;
}

int chaos_kinds_parse(struct view text, unsigned *ret_kinds)
{
	unsigned named = 0, count = 0, without = 0;
	if (!text.len || view_equal_str(text, "all")) {
		*ret_kinds = CHAOS_ALL;
		return XICA_OK;
	}
	for (size_t at = 0; at <= text.len;) {
		size_t comma = view_index(text, ',', at), end = comma == SIZE_MAX ? text.len : comma;
		struct view word = view_sub(text, at, end - at);
		bool minus = view_starts(word, VIEW_LIT("-"));
		unsigned kind = kind_of(view_sub(word, minus, SIZE_MAX));
		if (!kind)
			return XICA_EPARSE;
		named |= kind;
		without += minus;
		count++;
		at = end + 1;
	}
	if (without && without != count)
		return XICA_EPARSE;
	unsigned kinds = without ? CHAOS_ALL & ~named : named;
	if (!kinds)
		return XICA_EPARSE;
	*ret_kinds = kinds;
	return XICA_OK;
}

void chaos_kinds_write(unsigned kinds, struct buf *out)
{
	const char *comma = "";
	for (unsigned i = 0; i < WORDS_COUNT; i++) {
		if (!(kinds & 1u << i))
			continue;
		buf_addf(out, "%s%s", comma, WORDS[i]);
		comma = ",";
	}
}
