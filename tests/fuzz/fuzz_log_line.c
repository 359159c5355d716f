// What strangers say, in log lines: whatever it is, a line stays one line that no terminal acts on, JSON is JSON, and both forms tell the same. An input is up to three values
// with zero bytes between; each goes through every kind of place that a format has.
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/log_line.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { VALUES = 3, SHORT = 150 }; // SHORT: is never cut off, even where each byte is escaped by six

static void write_line(struct buf *out, enum log_form form, const char *format, ...) __attribute__((format(printf, 3, 4)));
static void write_line(struct buf *out, enum log_form form, const char *format, ...)
{
	const struct log_line line = {.form = form, .time = 1780272000, .millisecond = 7, .level = "warning", .role = "front-0", .pid = 4711, .saved_errno = 2};
	va_list args;
	va_start(args, format);
	log_line_write(out, &line, format, args);
	va_end(args);
	if (buf_error(out))
		abort();
}

// --- a line is a line

static bool has(struct view text, const char *bytes)
{
	return memmem(text.ptr, text.len, bytes, strlen(bytes)) != NULL;
}

static void check_bytes(struct view line)
{
	static const char *const TURNS[] = {"\xd8\x9c", "\xe2\x80\x8e", "\xe2\x80\x8f", "\xe2\x80\xa8", "\xe2\x80\xa9", "\xe2\x80\xaa", "\xe2\x80\xab", "\xe2\x80\xac", "\xe2\x80\xad",
					    "\xe2\x80\xae", "\xe2\x81\xa6", "\xe2\x81\xa7", "\xe2\x81\xa8", "\xe2\x81\xa9", "\xef\xbb\xbf"};
	if (!line.len || line.len > LOG_LINE_MAX || line.ptr[line.len - 1] != '\n')
		abort();
	for (size_t i = 0; i + 1 < line.len; i++)
		if (line.ptr[i] < 0x20 || line.ptr[i] == 0x7f || (line.ptr[i] == 0xc2 && line.ptr[i + 1] < 0xa0)) // the latter: C1 controls
			abort();
	for (size_t i = 0; i < sizeof(TURNS) / sizeof(TURNS[0]); i++)
		if (has(line, TURNS[i]))
			abort();
}

// --- both forms, read

static json_t *read_json(struct view line)
{
	json_t *object = json_loadb((const char *)line.ptr, line.len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
	const char *key;
	json_t *value;
	if (!json_is_object(object) || !json_is_integer(json_object_get(object, "pid")))
		abort();
	json_object_foreach(object, key, value) { // no value of a stranger is a number, whatever it looks like
		if (json_is_string(value))
			continue;
		if (!json_is_integer(value) || (strcmp(key, "pid") != 0 && strcmp(key, "order") != 0))
			abort();
		(void)json_object_set_new(object, key, json_sprintf("%lld", (long long)json_integer_value(value)));
	}
	return object;
}

// From the opening quote to behind the closing one.
static size_t quoted_len(struct view rest)
{
	for (size_t i = 1; i < rest.len; i++)
		if (rest.ptr[i] == '\\')
			i++;
		else if (rest.ptr[i] == '"')
			return i + 1;
	abort();
}

static json_t *read_value(struct view *rest)
{
	size_t len = 0;
	json_t *value;
	if (rest->ptr[0] == '"') {
		len = quoted_len(*rest);
		value = json_loadb((const char *)rest->ptr, len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	} else {
		while (rest->ptr[len] != ' ' && rest->ptr[len] != '\n')
			if (strchr("\"\\=", rest->ptr[len++]))
				abort();
		value = len ? json_stringn((const char *)rest->ptr, len) : NULL;
	}
	if (!json_is_string(value))
		abort();
	*rest = view_sub(*rest, len, SIZE_MAX);
	return value;
}

// KEY=VALUE, one space between; the line feed ends it.
static json_t *read_logfmt(struct view line)
{
	json_t *object = json_object();
	while (line.len > 1) {
		char key[32];
		size_t len = view_index(line, '=', 0);
		if (len == 0 || len >= sizeof(key) || line.len < len + 2)
			abort();
		memcpy(key, line.ptr, len);
		key[len] = 0;
		if (strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789_") != len || json_object_get(object, key))
			abort();
		line = view_sub(line, len + 1, SIZE_MAX);
		(void)json_object_set_new(object, key, read_value(&line));
		if (!line.len || (line.ptr[0] != ' ' && line.len != 1))
			abort();
		if (line.ptr[0] == ' ')
			line = view_sub(line, 1, SIZE_MAX);
	}
	return object;
}

// --- what stands in it

// Text that is UTF-8 and short is there as it was, whatever it holds.
static void check_value(const json_t *object, const char *key, const char *text)
{
	json_t *whole = strlen(text) <= SHORT ? json_string(text) : NULL;
	if (whole && !json_equal(json_object_get(object, key), whole))
		abort();
	json_decref(whole);
}

// The forms have as many bytes for a line, so of too much one may leave out what the other has.
static bool tell_the_same(json_t *one, const json_t *other)
{
	const char *key;
	json_t *value;
	if (!json_object_get(one, "left_out") && !json_object_get(other, "left_out"))
		return json_equal(one, other);
	json_object_foreach(one, key, value) {
		const json_t *there = json_object_get(other, key);
		if (there && !json_equal(value, there))
			return false;
	}
	return true;
}

static json_t *check_both(struct buf *logfmt, struct buf *json, size_t least, size_t most)
{
	check_bytes(buf_view(logfmt));
	check_bytes(buf_view(json));
	json_t *one = read_logfmt(buf_view(logfmt)), *other = read_json(buf_view(json));
	size_t members = json_object_size(one);
	if (!tell_the_same(one, other) || members < least || members > most) // no value makes a field or hides one
		abort();
	json_decref(other);
	return one;
}

#define BOTH(least, most, ...)                                                                                                \
	({                                                                                                                    \
		cleanup_buf logfmt_line = BUF_INIT, json_line = BUF_INIT;                                                     \
		write_line(&logfmt_line, LOG_FORM_LOGFMT, __VA_ARGS__);                                                       \
		write_line(&json_line, LOG_FORM_JSON, __VA_ARGS__);                                                           \
		check_both(&logfmt_line, &json_line, least, most);                                                            \
	})

enum { HEAD = 5 }; // time, level, role, pid, msg

[[gnu::nonnull]] static void write_all(const char *a, const char *b, const char *c)
{
	json_t *is = BOTH(HEAD, HEAD, "%s", a);
	json_decref(is);
	is = BOTH(HEAD, HEAD, "refused: \"%s\" for %.*s, errno %m (%d%%)", a, (int)strnlen(b, 40), b, 7);
	json_decref(is);
	size_t fields = 2 + (*a != 0); // a request that is empty is none
	is = BOTH(HEAD + 2, HEAD + 3, "request=%s name=\"%s\" says=%s: %s", a, b, c, a);
	if (json_object_size(is) != HEAD + fields && !json_object_get(is, "left_out"))
		abort();
	if (strlen(a) <= SHORT && strlen(b) <= SHORT)
		check_value(is, "says", c);
	if (*a)
		check_value(is, "request", a);
	json_decref(is);
	is = BOTH(HEAD + 1, HEAD + 6, "order=%lld a=%s b=%s c=\"%s\" again=\"%s\" and=%s, %c", 7LL, a, b, c, a, b, *c); // may be too long: then some are left out, and it says so
	check_value(is, "a", a);
	if (json_object_size(is) != HEAD + 6 && !json_object_get(is, "left_out"))
		abort();
	json_decref(is);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + VALUES);
	const char *values[VALUES];
	if (!text)
		return 0;
	if (size)
		memcpy(text, data, size);
	memset(text + size, 0, VALUES); // what isn't there is empty
	values[0] = text;
	for (size_t i = 1; i < VALUES; i++) {
		const char *before = values[i - 1], *end = before + strlen(before);
		values[i] = end < text + size ? end + 1 : end;
	}
	write_all(values[0], values[1], values[2]);
	free(text);
	return 0;
}
