#include "http/language.h"

#include <string.h>

static struct view trim(struct view text)
{
	while (text.len && (text.ptr[0] == ' ' || text.ptr[0] == '\t'))
		text = view_sub(text, 1, SIZE_MAX);
	while (text.len && (text.ptr[text.len - 1] == ' ' || text.ptr[text.len - 1] == '\t'))
		text.len--;
	return text;
}

// Up to a separator, which is left out of the rest.
static struct view take(struct view *rest, uint8_t separator)
{
	size_t end = view_index(*rest, separator, 0);
	struct view part = view_sub(*rest, 0, end);
	*rest = end == SIZE_MAX ? VIEW_NONE : view_sub(*rest, end + 1, SIZE_MAX);
	return trim(part);
}

// qvalue (RFC 9110 §12.4.2): "0.8", at most three digits behind the point.
static int parse_weight(struct view text)
{
	int weight = 0, unit = 1000;
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.ptr[i];
		if (i == 1 ? c != '.' : c < '0' || c > '9' || i > 4)
			return 0;
		if (i != 1) {
			weight += (c - '0') * unit;
			unit /= 10;
		}
	}
	return text.len && weight <= 1000 ? weight : 0;
}

static int weight_of(struct view parameters)
{
	while (parameters.len) {
		struct view parameter = take(&parameters, ';');
		if (view_starts(parameter, VIEW_LIT("q=")) || view_starts(parameter, VIEW_LIT("Q=")))
			return parse_weight(view_sub(parameter, 2, SIZE_MAX));
	}
	return 1000;
}

int http_language_weight(struct view list, struct view name)
{
	while (list.len) {
		struct view parameters = take(&list, ',');
		if (view_equal_nocase(take(&parameters, ';'), name))
			return weight_of(parameters);
	}
	return -1;
}

// Of "de", both "de" and "de-AT" say that it is read; the best weight counts.
static int language_weight(struct view accept, struct view language)
{
	int best = -1;
	while (accept.len) {
		struct view parameters = take(&accept, ','), range = take(&parameters, ';');
		bool is_it = view_equal_nocase(view_sub(range, 0, language.len), language) &&
			     (range.len == language.len || range.ptr[language.len] == '-');
		int weight = is_it ? weight_of(parameters) : -1;
		if (weight > best)
			best = weight;
	}
	return best;
}

size_t http_language_choose(const char *const *languages, size_t count, struct view wish, struct view accept)
{
	size_t chosen = 0;
	int best = 0;
	for (size_t i = 0; i < count; i++)
		if (view_equal_str(wish, languages[i]))
			return i;
	for (size_t i = 0; i < count; i++) {
		int weight = language_weight(accept, view_str(languages[i]));
		if (weight > best) {
			best = weight;
			chosen = i;
		}
	}
	return chosen;
}

struct view http_cookie(struct view header, const char *name)
{
	while (header.len) {
		struct view value = take(&header, ';');
		size_t equals = view_index(value, '=', 0);
		if (equals != SIZE_MAX && view_equal_str(view_sub(value, 0, equals), name))
			return view_sub(value, equals + 1, SIZE_MAX);
	}
	return VIEW_NONE;
}
