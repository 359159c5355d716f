#include "base/log_line.h"

#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

// --- printf, piece by piece

// A va_list that functions can hand on and come back from.
struct values {
	va_list list;
	int saved_errno;
};

enum length { LENGTH_INT, LENGTH_LONG, LENGTH_LONG_LONG, LENGTH_SIZE, LENGTH_MAX, LENGTH_PTRDIFF };

struct conversion {
	int width, precision; // -1: not given
	bool zero, left;
	enum length length;
	char kind;
};

static int read_number(const char **at, struct values *values)
{
	int number = 0;
	if (**at == '*') {
		(*at)++;
		return va_arg(values->list, int);
	}
	for (; **at >= '0' && **at <= '9'; (*at)++)
		number = number < 10000 ? number * 10 + (**at - '0') : number;
	return number;
}

static enum length read_length(const char **at)
{
	enum length length = LENGTH_INT;
	for (;; (*at)++)
		switch (**at) {
		case 'h': break; // promoted to int
		case 'l': length = length == LENGTH_LONG ? LENGTH_LONG_LONG : LENGTH_LONG; break;
		case 'z': length = LENGTH_SIZE; break;
		case 'j': length = LENGTH_MAX; break;
		case 't': length = LENGTH_PTRDIFF; break;
		default: return length;
		}
}

// *at stands behind the '%'; afterwards behind the conversion.
static struct conversion read_conversion(const char **at, struct values *values)
{
	struct conversion conversion = {.width = -1, .precision = -1};
	for (; **at && strchr("-+ #0", **at); (*at)++) {
		conversion.zero |= **at == '0';
		conversion.left |= **at == '-';
	}
	if (**at == '*' || (**at >= '1' && **at <= '9'))
		conversion.width = read_number(at, values);
	if (**at == '.') {
		(*at)++;
		conversion.precision = read_number(at, values);
	}
	conversion.length = read_length(at);
	conversion.kind = **at;
	if (**at)
		(*at)++;
	return conversion;
}

static long long take_signed(struct values *values, enum length length)
{
	switch (length) {
	case LENGTH_INT: return va_arg(values->list, int);
	case LENGTH_LONG: return va_arg(values->list, long);
	case LENGTH_LONG_LONG: return va_arg(values->list, long long);
	case LENGTH_SIZE: return va_arg(values->list, ssize_t);
	case LENGTH_MAX: return va_arg(values->list, intmax_t);
	case LENGTH_PTRDIFF: return va_arg(values->list, ptrdiff_t);
	}
	return 0;
}

static unsigned long long take_unsigned(struct values *values, enum length length)
{
	switch (length) {
	case LENGTH_INT: return va_arg(values->list, unsigned);
	case LENGTH_LONG: return va_arg(values->list, unsigned long);
	case LENGTH_LONG_LONG: return va_arg(values->list, unsigned long long);
	case LENGTH_SIZE: return va_arg(values->list, size_t);
	case LENGTH_MAX: return va_arg(values->list, uintmax_t);
	case LENGTH_PTRDIFF: return (unsigned long long)va_arg(values->list, ptrdiff_t);
	}
	return 0;
}

static void add_text(struct buf *out, const char *text, int precision)
{
	if (!text)
		text = "(null)";
	buf_add(out, view_bytes(text, precision < 0 ? strlen(text) : strnlen(text, (size_t)precision)));
}

static void add_hex(struct buf *out, const struct conversion *conversion, unsigned long long value)
{
	int width = conversion->width > 0 && conversion->zero ? conversion->width : 1;
	switch (conversion->kind) {
	case 'X': buf_addf(out, "%0*llX", width, value); break;
	case 'o': buf_addf(out, "%0*llo", width, value); break;
	default: buf_addf(out, "%0*llx", width, value);
	}
}

static void add_value(struct buf *out, const struct conversion *conversion, struct values *values)
{
	int places = conversion->precision < 0 ? 6 : conversion->precision;
	switch (conversion->kind) {
	case '%': buf_add_byte(out, '%'); break;
	case 's': add_text(out, va_arg(values->list, const char *), conversion->precision); break;
	case 'c': buf_add_byte(out, (uint8_t)va_arg(values->list, int)); break;
	case 'd':
	case 'i': buf_addf(out, "%lld", take_signed(values, conversion->length)); break;
	case 'u': buf_addf(out, "%llu", take_unsigned(values, conversion->length)); break;
	case 'x':
	case 'X':
	case 'o': add_hex(out, conversion, take_unsigned(values, conversion->length)); break;
	case 'p': buf_addf(out, "%p", va_arg(values->list, void *)); break;
	case 'm': buf_add_str(out, strerror(values->saved_errno)); break;
	case 'f': buf_addf(out, "%.*f", places, va_arg(values->list, double)); break;
	case 'g':
	case 'e': buf_addf(out, "%.*g", places, va_arg(values->list, double)); break;
	default: break; // the compiler let none through
	}
}

// The format from *at up to stop, with its values.
static void expand(struct buf *out, const char *at, const char *stop, struct values *values)
{
	while (at < stop) {
		if (*at != '%') {
			buf_add_byte(out, (uint8_t)*at++);
			continue;
		}
		at++;
		struct conversion conversion = read_conversion(&at, values);
		add_value(out, &conversion, values);
	}
}

// --- which part of the format is a field

struct field {
	struct view key;
	const char *value, *end, *next; // next: behind the closing quote, if there is one
};

static bool is_key_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

// at stands at the beginning of a word.
static bool find_field(const char *at, struct field *ret_field)
{
	const char *key = at, *end;
	while (is_key_byte(*at))
		at++;
	if (at == key || *at != '=' || (at[1] != '"' && at[1] != '%' && !is_key_byte(at[1])))
		return false;
	struct view name = view_bytes(key, (size_t)(at - key));
	at++;
	if (*at == '"') {
		end = strchr(at + 1, '"');
		if (!end)
			return false;
		*ret_field = (struct field){name, at + 1, end, end + 1};
		return true;
	}
	end = at + strcspn(at, " ");
	if (end > at + 1 && strchr(",:;", end[-1]))
		end--;
	*ret_field = (struct field){name, at, end, end};
	return true;
}

// Is the value made of numbers alone, as the format has it: %lld, or %lld.%01lld? What a %s holds is text, whatever it looks like: so a field is the same kind in every line.
static bool is_numeric(const struct field *field)
{
	const char *at = field->value;
	bool any = false;
	while (at < field->end) {
		if (*at == '.') {
			at++;
			continue;
		}
		if (*at++ != '%')
			return false;
		at += strspn(at, "-+ #0123456789.hlzjt");
		if (at >= field->end || !strchr("diufge", *at++))
			return false;
		any = true;
	}
	return any;
}

// RFC 8259 §6, but for exponents: no leading zeros, no infinity.
static bool is_json_number(struct view text)
{
	size_t i = text.len && text.ptr[0] == '-', begin = i, dot;
	for (dot = i; dot < text.len && text.ptr[dot] >= '0' && text.ptr[dot] <= '9';)
		dot++;
	if (dot == begin || (dot > begin + 1 && text.ptr[begin] == '0'))
		return false;
	if (dot == text.len)
		return true;
	for (i = dot + 1; i < text.len && text.ptr[i] >= '0' && text.ptr[i] <= '9';)
		i++;
	return text.ptr[dot] == '.' && i == text.len && i > dot + 1;
}

// --- text as both forms have it

static const size_t DOTS_LEN = 3; // of "…" in UTF-8

static void add_character(struct buf *out, struct view bytes, uint32_t c)
{
	if (c == '"' || c == '\\')
		buf_addf(out, "\\%c", (int)c);
	else if (c == '\n')
		buf_add_str(out, "\\n");
	else if (utf8_is_harmful(c))
		buf_addf(out, "\\u%04x", c);
	else
		buf_add(out, bytes);
}

static void add_quoted(struct buf *out, struct view text)
{
	size_t start = out->len + 1, cut = start; // cut: where the dots have room still
	buf_add_byte(out, '"');
	for (size_t i = 0; i < text.len;) {
		uint32_t c = 0;
		size_t len = utf8_decode(view_sub(text, i, SIZE_MAX), &c);
		if (len)
			add_character(out, view_sub(text, i, len), c);
		else
			buf_add_str(out, "\xef\xbf\xbd");
		i += len ? len : 1;
		if (out->len - start <= LOG_VALUE_MAX - DOTS_LEN)
			cut = out->len;
		if (out->len - start > LOG_VALUE_MAX) {
			buf_truncate(out, cut);
			buf_add_str(out, "\xe2\x80\xa6");
			break;
		}
	}
	buf_add_byte(out, '"');
}

static bool is_plain(struct view text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] <= 0x20 || text.ptr[i] >= 0x7f || strchr("\"\\=", text.ptr[i]))
			return false;
	return text.len && text.len <= LOG_VALUE_MAX;
}

static void add_field(struct buf *out, enum log_form form, struct view key, struct view value, bool number)
{
	buf_add_str(out, form == LOG_FORM_JSON ? ",\"" : " ");
	buf_add(out, key);
	buf_add_str(out, form == LOG_FORM_JSON ? "\":" : "=");
	if (number || (form == LOG_FORM_LOGFMT && is_plain(value)))
		buf_add(out, value);
	else
		add_quoted(out, value);
}

// --- the line

static void add_head(struct buf *out, const struct log_line *line)
{
	bool json = line->form == LOG_FORM_JSON;
	cleanup_buf time = BUF_INIT;
	clock_add_rfc3339(&time, line->time);
	buf_truncate(&time, time.len ? time.len - 1 : 0); // the Z comes behind the fraction
	buf_addf(out, json ? "{\"time\":\"%.*s.%03uZ\",\"level\":\"%s\"" : "time=%.*s.%03uZ level=%s", VIEW_FMT(buf_view(&time)), line->millisecond % 1000,
		 line->level);
	add_field(out, line->form, VIEW_LIT("role"), view_str(line->role), false);
	buf_addf(out, json ? ",\"pid\":%ld" : " pid=%ld", line->pid);
}

// The message without the spaces that its fields leave.
static void add_word_space(struct buf *message, char next)
{
	if (message->len && message->ptr[message->len - 1] != ' ' && !strchr(",:;", next))
		buf_add_byte(message, ' ');
}

static void take_field(struct buf *fields, const struct log_line *line, const struct field *field, struct values *values, bool *left_out)
{
	cleanup_buf value = BUF_INIT;
	size_t before = fields->len;
	expand(&value, field->value, field->end, values);
	if (!value.len && view_equal_str(field->key, "request"))
		return;
	add_field(fields, line->form, field->key, buf_view(&value), line->form == LOG_FORM_JSON && is_numeric(field) && is_json_number(buf_view(&value)));
	if (fields->len > LOG_LINE_MAX - LOG_VALUE_MAX - 256) { // head and message have their room
		buf_truncate(fields, before);
		*left_out = true;
	}
}

static void take_apart(const struct log_line *line, const char *format, struct values *values, struct buf *message, struct buf *fields)
{
	bool left_out = false;
	for (const char *at = format; *at;) {
		struct field field;
		if (find_field(at, &field)) {
			take_field(fields, line, &field, values, &left_out);
			at = field.next + strspn(field.next, " ");
			continue;
		}
		const char *end = at + strcspn(at, " ");
		add_word_space(message, *at);
		expand(message, at, end, values);
		at = end + strspn(end, " ");
	}
	if (left_out)
		add_field(fields, line->form, VIEW_LIT("left_out"), VIEW_LIT("yes"), false);
}

void log_line_write(struct buf *out, const struct log_line *line, const char *format, va_list args)
{
	struct values values = {.saved_errno = line->saved_errno};
	cleanup_buf message = BUF_INIT, fields = BUF_INIT;
	va_copy(values.list, args);
	take_apart(line, format, &values, &message, &fields);
	va_end(values.list);
	struct view text = buf_view(&message);
	while (text.len && (text.ptr[0] == ':' || text.ptr[0] == ' ' || text.ptr[0] == ','))
		text = view_sub(text, 1, SIZE_MAX);
	add_head(out, line);
	add_field(out, line->form, VIEW_LIT("msg"), text, false);
	buf_add(out, buf_view(&fields));
	buf_add_str(out, line->form == LOG_FORM_JSON ? "}\n" : "\n");
}
