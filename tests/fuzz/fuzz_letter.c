// A letter's values, from strangers: whatever they hold, the letter has the headers that it must have and no other, in lines of ASCII. A NUL parts the values.
#include <stdlib.h>

#include "site/letter.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char CATALOGUE[] = "{\"footer\": \"-- {{site}}\", \"unsubscribe\": \"stop: {{site}}\", \"a.subject\": \"of {{x}} \xc3\xbc {{y}}\", "
				"\"a.body\": \"{{x}}\\n\\n{{y}}{{x}}\"}";
enum { HEADERS = 10 }; // Date, From, To, Message-ID, Subject, Auto-Submitted, Content-Language, MIME-Version, Content-Type, Content-Transfer-Encoding

static struct view next_part(struct view *rest)
{
	size_t end = view_index(*rest, 0, 0);
	struct view part = view_sub(*rest, 0, end);
	*rest = end == SIZE_MAX ? VIEW_LIT("") : view_sub(*rest, end + 1, SIZE_MAX);
	return part;
}

static void check(struct view message, bool unsubscribe)
{
	size_t headers = 0;
	bool body = false;
	for (size_t at = 0; at < message.len;) {
		size_t end = view_index(message, '\r', at);
		if (end == SIZE_MAX || end + 1 >= message.len || message.ptr[end + 1] != '\n' || end - at > 998)
			abort();
		for (size_t i = at; i < end; i++)
			if ((message.ptr[i] < ' ' && message.ptr[i] != '\t') || message.ptr[i] >= 0x7f)
				abort();
		body |= end == at;
		headers += !body && message.ptr[at] != ' ';
		at = end + 2;
	}
	if (!body || headers != (unsigned)(HEADERS + (unsubscribe ? 2 : 0)))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_buf out = BUF_INIT, why = BUF_INIT;
	struct letter_catalogue catalogue;
	struct view rest = view_bytes(data, size);
	struct letter_value values[] = {{VIEW_LIT("site"), VIEW_LIT("https://ca.example.org")}, {VIEW_LIT("x"), next_part(&rest)},
		{VIEW_LIT("y"), next_part(&rest)}, {VIEW_LIT("unsubscribe"), next_part(&rest)}};
	bool unsubscribe = values[3].text.len;
	const struct letter letter = {VIEW_LIT("a"), "en", VIEW_LIT("xica"), VIEW_LIT("ca@example.org"), VIEW_LIT("me@example.net"), VIEW_LIT("id"), 0, values,
		unsubscribe ? 4 : 3};
	if (letter_catalogue_parse(view_str(CATALOGUE), &catalogue))
		abort();
	int error = letter_compose(&catalogue, &letter, &out, &why);
	if (!error)
		check(buf_view(&out), unsubscribe);
	else if (!why.len || (error != XICA_ERANGE && !unsubscribe))
		abort();
	letter_catalogue_free(&catalogue);
	return 0;
}
