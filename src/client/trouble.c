#include "client/trouble.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define ACME_ERROR "urn:ietf:params:acme:error:"
enum { SENTENCE_MAX = 2048, DETAIL_MAX = 600 };

void client_trouble_free(struct client_trouble *trouble)
{
	buf_free(&trouble->why);
	buf_free(&trouble->hint);
	buf_free(&trouble->whole);
	json_decref(trouble->problem);
	*trouble = CLIENT_TROUBLE_INIT;
}

[[gnu::format(printf, 2, 0)]] static void add(struct buf *out, const char *format, va_list args)
{
	char sentence[SENTENCE_MAX];
	(void)vsnprintf(sentence, sizeof(sentence), format, args);
	buf_add_str(out, sentence);
}

int client_trouble_is(struct client_trouble *trouble, int error, const char *format, ...)
{
	va_list args;
	client_trouble_free(trouble);
	va_start(args, format);
	add(&trouble->why, format, args);
	va_end(args);
	return error;
}

void client_trouble_add(struct client_trouble *trouble, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	add(&trouble->why, format, args);
	va_end(args);
}

void client_trouble_hint(struct client_trouble *trouble, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	add(&trouble->hint, format, args);
	va_end(args);
}

// What the CA says is shown on a terminal: nothing of it may steer that.
static void add_foreign(struct buf *out, const char *text)
{
	for (size_t i = 0; text && text[i] && i < DETAIL_MAX; i++)
		buf_add_byte(out, (uint8_t)text[i] < 0x20 || text[i] == 0x7f ? '?' : (uint8_t)text[i]);
}

static const char *short_type(const json_t *problem)
{
	const char *type = json_string_value(json_object_get(problem, "type"));
	if (!type)
		return "";
	return strncmp(type, ACME_ERROR, sizeof(ACME_ERROR) - 1) ? type : type + sizeof(ACME_ERROR) - 1;
}

static void add_problem(struct buf *out, const json_t *problem)
{
	const char *detail = json_string_value(json_object_get(problem, "detail"));
	add_foreign(out, detail ? detail : "the CA gives no reason");
	if (*short_type(problem)) {
		buf_add_str(out, " (");
		add_foreign(out, short_type(problem));
		buf_add_str(out, ")");
	}
}

int client_trouble_problem(struct client_trouble *trouble, const char *what, json_t *problem)
{
	const json_t *sub;
	size_t i;
	json_incref(problem);
	client_trouble_free(trouble);
	buf_addf(&trouble->why, "%s: ", what);
	add_problem(&trouble->why, problem);
	json_array_foreach(json_object_get(problem, "subproblems"), i, sub) {
		buf_add_str(&trouble->why, "; ");
		add_foreign(&trouble->why, json_string_value(json_object_get(json_object_get(sub, "identifier"), "value")));
		buf_add_str(&trouble->why, ": ");
		add_problem(&trouble->why, sub);
	}
	trouble->problem = problem;
	return XICA_EDENIED;
}

const char *client_trouble_type(const struct client_trouble *trouble)
{
	return trouble->problem ? short_type(trouble->problem) : "";
}

const char *client_trouble_text(struct client_trouble *trouble)
{
	bool ended = trouble->why.len && trouble->why.ptr[trouble->why.len - 1] == '.';
	buf_clear(&trouble->whole);
	buf_add(&trouble->whole, buf_view(&trouble->why));
	if (trouble->hint.len) {
		buf_add_str(&trouble->whole, ended ? " " : ". ");
		buf_add(&trouble->whole, buf_view(&trouble->hint));
	}
	const char *text = buf_cstr(&trouble->whole);
	return text && *text ? text : "out of memory";
}
