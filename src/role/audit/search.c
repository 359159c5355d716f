#include "role/audit/search.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64url.h"
#include "base/hex.h"
#include "role/audit/read.h"

struct audit_question {
	struct audit_question *next;
	struct audit_sought sought;      // its serial points to the bytes here
	uint8_t serial[AUDIT_SERIAL_MAX];
	char hex[2 * AUDIT_SERIAL_MAX + 1];
	uint64_t end;                    // of the lines that it is about
	uint64_t until;                  // it is answered when the search has come down to here
	bool waits;                      // for the way after this one: on this one its last lines were passed already
};

void audit_search_begin(struct audit_search *search, audit_search_answer *answer, void *context)
{
	*search = (struct audit_search){.answer = answer, .context = context};
}

static size_t chain_of(struct view hex)
{
	uint32_t hash = 2166136261u; // FNV-1a
	for (size_t i = 0; i < hex.len; i++)
		hash = (hash ^ hex.ptr[i]) * 16777619u;
	return hash % AUDIT_SEARCH_CHAINS;
}

static bool is_sought(const struct audit_search *search, struct view hex)
{
	for (const struct audit_question *question = search->chains[chain_of(hex)]; question; question = question->next)
		if (view_equal_str(hex, question->hex))
			return true;
	return false;
}

// --- questions end

static struct audit_question *take_out(struct audit_search *search, struct audit_question **link)
{
	struct audit_question *question = *link;
	*link = question->next;
	search->count--;
	search->timed -= question->sought.since != 0;
	return question;
}

static void answer_it(struct audit_search *search, struct audit_question **link, int error, struct view certificate)
{
	struct audit_question *question = take_out(search, link);
	search->answer(search->context, &question->sought, error, certificate);
	free(question);
}

// All about this serial.
static void answer_serial(struct audit_search *search, struct view hex, int error, struct view certificate)
{
	struct audit_question **link = &search->chains[chain_of(hex)];
	while (*link)
		if (view_equal_str(hex, (*link)->hex))
			answer_it(search, link, error, certificate);
		else
			link = &(*link)->next;
}

void audit_search_fail(struct audit_search *search, int error)
{
	for (size_t i = 0; i < AUDIT_SEARCH_CHAINS; i++)
		while (search->chains[i])
			answer_it(search, &search->chains[i], error, VIEW_NONE);
}

static void drop(struct audit_search *search, const void *asker, bool all)
{
	for (size_t i = 0; i < AUDIT_SEARCH_CHAINS; i++) {
		struct audit_question **link = &search->chains[i];
		while (*link)
			if (all || (*link)->sought.asker == asker)
				free(take_out(search, link));
			else
				link = &(*link)->next;
	}
}

void audit_search_forget(struct audit_search *search, const void *asker)
{
	drop(search, asker, false);
}

void audit_search_end(struct audit_search *search)
{
	drop(search, NULL, true);
	buf_free(&search->stretch);
}

// --- a question comes

static void go_to_end(struct audit_search *search)
{
	search->at = search->size;
	search->again = AUDIT_SEARCH_AGAIN;
}

// Where the search is on its way, this question joins it.
static void join(struct audit_search *search, struct audit_question *question)
{
	uint64_t passed = search->size - search->at;
	if (search->count == 0) {
		go_to_end(search);
	} else if (passed <= search->again) {
		search->again -= passed;
		search->at = search->size;
	} else {
		question->waits = true;
		question->until = search->at;
	}
}

int audit_search_add(struct audit_search *search, int fd, uint64_t size, const struct audit_sought *sought)
{
	cleanup_buf hex = BUF_INIT;
	if (!sought->serial.len || sought->serial.len > AUDIT_SERIAL_MAX)
		return XICA_EINVAL;
	if (search->count == AUDIT_SEARCH_MAX)
		return XICA_ERANGE;
	hex_encode(&hex, sought->serial);
	struct audit_question *question = buf_cstr(&hex) ? calloc(1, sizeof(*question)) : NULL;
	if (!question)
		return XICA_ENOMEM;
	question->sought = *sought;
	memcpy(question->serial, sought->serial.ptr, sought->serial.len);
	question->sought.serial.ptr = question->serial;
	memcpy(question->hex, hex.ptr, hex.len);
	question->end = size;
	search->fd = fd;
	search->size = size;
	join(search, question);
	struct audit_question **chain = &search->chains[chain_of(buf_view(&hex))];
	question->next = *chain;
	*chain = question;
	search->count++;
	search->timed += sought->since != 0;
	return XICA_OK;
}

// --- a stretch

// The whole lines before the place where the search is, as many as fit. XICA_ERANGE: a line beyond reason. XICA_EIO: also where none ends there, so that the log is another one.
static int read_stretch(struct audit_search *search, struct view *ret_lines)
{
	size_t len = search->at < AUDIT_LINE_MAX ? (size_t)search->at : AUDIT_LINE_MAX;
	buf_clear(&search->stretch);
	uint8_t *room = buf_extend(&search->stretch, len);
	if (!room)
		return XICA_ENOMEM;
	int error = audit_read_at(search->fd, search->at - len, room, len);
	if (error)
		return error;
	struct view lines = buf_view(&search->stretch);
	if (!view_ends(lines, VIEW_LIT("\n")))
		return XICA_EIO;
	if (len < search->at) { // what stands before the first line feed is the end of an earlier line
		lines = view_sub(lines, view_index(lines, '\n', 0) + 1, SIZE_MAX);
		if (!lines.len || lines.len == len)
			return XICA_ERANGE;
	}
	*ret_lines = lines;
	return XICA_OK;
}

// The text behind these bytes, with which rest must begin; rest then begins with the quote behind the text.
static bool next_text(struct view *rest, const char *before, struct view *ret_text)
{
	size_t from = strlen(before), to = view_starts(*rest, view_str(before)) ? view_index(*rest, '"', from) : SIZE_MAX;
	if (to == SIZE_MAX)
		return false;
	*ret_text = view_sub(*rest, from, to - from);
	*rest = view_sub(*rest, to, SIZE_MAX);
	return view_index(*ret_text, '\\', 0) == SIZE_MAX;
}

// The serial of a line that looks as the signer writes them, without reading the rest of it. XICA_ENOTFOUND: it is of another kind. XICA_EPARSE: it looks otherwise.
static int peek_serial(struct view line, struct view *ret_hex)
{
	struct view text;
	if (!next_text(&line, "{\"previous\":\"", &text) || !next_text(&line, "\",\"time\":\"", &text) || !next_text(&line, "\",\"kind\":\"", &text))
		return XICA_EPARSE;
	if (!view_equal_str(text, "issue"))
		return XICA_ENOTFOUND;
	return next_text(&line, "\",\"serial\":\"", ret_hex) ? XICA_OK : XICA_EPARSE;
}

// It may be the line of any serial that stands in it between quotes: of those nobody can say now whether they were signed.
static void answer_unreadable(struct audit_search *search, struct view line)
{
	size_t from = 0;
	for (size_t to; (to = view_index(line, '"', from)) != SIZE_MAX; from = to + 1)
		answer_serial(search, view_sub(line, from, to - from), XICA_EPARSE, VIEW_NONE);
}

static void answer_from(struct audit_search *search, const json_t *entry)
{
	const char *kind = json_string_value(json_object_get(entry, "kind"));
	struct view hex = view_str(json_string_value(json_object_get(entry, "serial")));
	struct view text = view_str(json_string_value(json_object_get(entry, "certificate")));
	cleanup_buf certificate = BUF_INIT;
	if (!kind || strcmp(kind, "issue") != 0 || !is_sought(search, hex))
		return;
	int error = text.len ? base64_decode(text, &certificate) : XICA_EPARSE;
	answer_serial(search, hex, error, buf_view(&certificate));
}

static void look_at_line(struct audit_search *search, struct view line)
{
	struct view hex = VIEW_NONE;
	int error = peek_serial(line, &hex);
	if (error == XICA_ENOTFOUND || (!error && !is_sought(search, hex)))
		return;
	json_t *entry = json_loadb((const char *)line.ptr, line.len, JSON_REJECT_DUPLICATES, NULL);
	if (entry)
		answer_from(search, entry);
	else // damaged, or there is no memory for it
		answer_unreadable(search, line);
	json_decref(entry);
}

static void look_at_lines(struct audit_search *search, struct view lines)
{
	size_t at = 0;
	for (size_t end; (end = view_index(lines, '\n', at)) != SIZE_MAX; at = end + 1)
		look_at_line(search, view_sub(lines, at, end - at));
}

// XICA_ENOTFOUND: the first of these lines does not say.
static int time_of_first(struct view lines, xica_time *ret_time)
{
	json_t *entry = json_loadb((const char *)lines.ptr, view_index(lines, '\n', 0), 0, NULL);
	const char *text = json_string_value(json_object_get(entry, "time"));
	int error = text && !clock_parse_rfc3339(view_str(text), ret_time) ? XICA_OK : XICA_ENOTFOUND;
	json_decref(entry);
	return error;
}

// --- what a stretch has shown

// first: of the lines that were read last; 0: not known.
static bool is_over(const struct audit_search *search, const struct audit_question *question, xica_time first)
{
	if (question->waits)
		return false;
	return search->at <= question->until || (first && first < question->sought.since && search->at < question->end);
}

static void answer_those_over(struct audit_search *search, xica_time first)
{
	for (size_t i = 0; i < AUDIT_SEARCH_CHAINS; i++) {
		struct audit_question **link = &search->chains[i];
		while (*link)
			if (is_over(search, *link, first))
				answer_it(search, link, XICA_ENOTFOUND, VIEW_NONE);
			else
				link = &(*link)->next;
	}
}

// The next way begins, for those that wait for it.
static void begin_again(struct audit_search *search)
{
	for (size_t i = 0; i < AUDIT_SEARCH_CHAINS; i++)
		for (struct audit_question *question = search->chains[i]; question; question = question->next)
			question->waits = false;
	go_to_end(search);
}

bool audit_search_step(struct audit_search *search)
{
	struct view lines = VIEW_NONE;
	xica_time first = 0;
	int error = search->count && search->at ? read_stretch(search, &lines) : XICA_OK;
	if (error) {
		audit_search_fail(search, error);
	} else {
		look_at_lines(search, lines);
		search->at -= lines.len;
		if (search->timed && time_of_first(lines, &first))
			first = 0;
		answer_those_over(search, first);
	}
	if (!search->count)
		buf_free(&search->stretch);
	else if (!search->at)
		begin_again(search);
	return search->count > 0;
}
