// Which domain may stand for the names below it (RFC 9444): whoever controls its zone controls these, as far as they are not other people's by their nature.
#include "pki/names.h"
#include "pki/names_suffix.h"

static bool is_suffix(struct view name)
{
	cleanup_arena arena = ARENA_INIT;
	const char *text = arena_strdup(&arena, name);
	return !text || names_suffix_is_public(text);
}

bool pki_name_is_below(struct view name, struct view ancestor)
{
	if (!ancestor.len || name.len <= ancestor.len + 1 || !view_ends(name, ancestor))
		return false;
	return name.ptr[name.len - ancestor.len - 1] == '.';
}

bool pki_ancestor_may(struct view ancestor)
{
	return view_index(ancestor, '.', 0) != SIZE_MAX && !is_suffix(ancestor);
}

bool pki_ancestor_covers(struct view ancestor, struct view name)
{
	if (!pki_ancestor_may(ancestor) || !pki_name_is_below(name, ancestor))
		return false;
	for (; name.len > ancestor.len; name = view_sub(name, view_index(name, '.', 0) + 1, SIZE_MAX))
		if (is_suffix(name)) // strangers register below it
			return false;
	return true;
}
