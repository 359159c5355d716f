#include "site/letter.h"

#include <string.h>
#include <time.h>

#include "jose/jws.h"
#include "site/letter_fill.h"
#include "site/mime.h"

// --- catalogues

static const char *text_of(const struct letter_catalogue *catalogue, struct view letter, const char *part)
{
	cleanup_buf key = BUF_INIT;
	buf_add(&key, letter);
	buf_add_str(&key, part);
	const char *name = buf_cstr(&key);
	return name && !memchr(name, 0, key.len) ? json_string_value(json_object_get(catalogue->texts, name)) : NULL;
}

static bool is_whole(const struct letter_catalogue *catalogue, const char *key)
{
	struct view name = view_str(key);
	const char *const parts[] = {".subject", ".body"};
	for (size_t i = 0; i < 2; i++)
		if (view_ends(name, view_str(parts[i])))
			return text_of(catalogue, view_sub(name, 0, name.len - strlen(parts[i])), parts[1 - i]);
	return !strcmp(key, "footer") || !strcmp(key, "unsubscribe");
}

int letter_catalogue_parse(struct view text, struct letter_catalogue *ret_catalogue)
{
	struct letter_catalogue catalogue = {text.len <= LETTER_CATALOGUE_MAX ? jose_json_parse(text) : NULL};
	const char *key;
	json_t *value;
	bool good = json_is_object(catalogue.texts) && text_of(&catalogue, VIEW_LIT("footer"), "") && text_of(&catalogue, VIEW_LIT("unsubscribe"), "");
	json_object_foreach(catalogue.texts, key, value)
		good = good && json_is_string(value) && is_whole(&catalogue, key);
	if (!good) {
		letter_catalogue_free(&catalogue);
		return XICA_EPARSE;
	}
	*ret_catalogue = catalogue;
	return XICA_OK;
}

void letter_catalogue_free(struct letter_catalogue *catalogue)
{
	json_decref(catalogue->texts);
	catalogue->texts = NULL;
}

bool letter_catalogue_has(const struct letter_catalogue *catalogue, struct view letter)
{
	return letter.len && text_of(catalogue, letter, ".body");
}

// --- messages

// RFC 5322 §3.3, in UTC
static void add_date(struct buf *out, xica_time date)
{
	static const char DAYS[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
	static const char MONTHS[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	struct tm tm = {0};
	(void)gmtime_r(&date, &tm);
	buf_addf(out, "Date: %s, %d %s %d %02d:%02d:%02d +0000\r\n", DAYS[tm.tm_wday], tm.tm_mday, MONTHS[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour,
		 tm.tm_min, tm.tm_sec);
}

static int add_from(struct buf *out, const struct letter *letter)
{
	buf_add_str(out, "From: ");
	if (!letter->from_name.len) {
		buf_addf(out, "%.*s\r\n", VIEW_FMT(letter->from));
		return XICA_OK;
	}
	int error = mime_add_phrase(out, letter->from_name);
	buf_addf(out, " <%.*s>\r\n", VIEW_FMT(letter->from));
	return error;
}

// Refused where it would make a line of more than 998 characters (RFC 5322 §2.1.1): a URL can't be folded.
static int add_unsubscribe(struct buf *out, const struct letter *letter)
{
	enum { URL_MAX = 900 };
	const struct letter_value *unsubscribe = letter_value_find(letter, VIEW_LIT("unsubscribe"));
	if (!unsubscribe)
		return XICA_OK;
	if (!view_starts(unsubscribe->text, VIEW_LIT("https://")) || unsubscribe->text.len > URL_MAX)
		return XICA_EINVAL;
	for (size_t i = 0; i < unsubscribe->text.len; i++) {
		uint8_t c = unsubscribe->text.ptr[i];
		if (c <= ' ' || c >= 0x7f || c == '<' || c == '>' || c == ',' || c == '"')
			return XICA_EINVAL;
	}
	buf_addf(out, "List-Unsubscribe: <%.*s>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n", VIEW_FMT(unsubscribe->text));
	return XICA_OK;
}

static int add_headers(struct buf *out, const struct letter *letter, struct view subject)
{
	size_t at = view_index(letter->from, '@', 0);
	add_date(out, letter->date);
	int error = add_from(out, letter);
	if (error)
		return error;
	buf_addf(out, "To: %.*s\r\nMessage-ID: <%.*s%.*s>\r\n", VIEW_FMT(letter->to), VIEW_FMT(letter->id), VIEW_FMT(view_sub(letter->from, at, SIZE_MAX)));
	error = mime_add_field(out, "Subject", subject);
	if (!error)
		error = add_unsubscribe(out, letter);
	buf_addf(out, "Auto-Submitted: auto-generated\r\nContent-Language: %s\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n",
		 letter->language);
	return error;
}

static void add_body(struct buf *out, struct view body)
{
	if (!mime_is_7bit(body)) {
		buf_add_str(out, "Content-Transfer-Encoding: quoted-printable\r\n\r\n");
		mime_add_quoted_printable(out, body);
		return;
	}
	buf_add_str(out, "Content-Transfer-Encoding: 7bit\r\n\r\n");
	for (size_t i = 0; i < body.len; i++)
		if (body.ptr[i] == '\n')
			buf_add_str(out, "\r\n");
		else
			buf_add_byte(out, body.ptr[i]);
}

static int fill_body(const struct letter_catalogue *catalogue, const struct letter *letter, struct buf *out, struct buf *why)
{
	int error = letter_fill(view_str(text_of(catalogue, letter->name, ".body")), letter, out, why);
	if (!error && letter_value_find(letter, VIEW_LIT("unsubscribe_page"))) {
		buf_add_str(out, "\n\n");
		error = letter_fill(view_str(text_of(catalogue, VIEW_LIT("unsubscribe"), "")), letter, out, why);
	}
	if (error)
		return error;
	buf_add_str(out, "\n\n");
	error = letter_fill(view_str(text_of(catalogue, VIEW_LIT("footer"), "")), letter, out, why);
	buf_add_str(out, "\n");
	return error ? error : buf_error(out);
}

int letter_compose(const struct letter_catalogue *catalogue, const struct letter *letter, struct buf *out, struct buf *why)
{
	cleanup_buf subject = BUF_INIT, body = BUF_INIT;
	if (!letter_catalogue_has(catalogue, letter->name)) {
		buf_addf(why, "there is no letter %.*s", VIEW_FMT(letter->name));
		return XICA_ENOTFOUND;
	}
	int error = letter_check_values(letter, why);
	if (!error)
		error = letter_fill(view_str(text_of(catalogue, letter->name, ".subject")), letter, &subject, why);
	if (!error)
		error = fill_body(catalogue, letter, &body, why);
	if (error)
		return error;
	error = add_headers(out, letter, buf_view(&subject));
	if (error) {
		buf_add_str(why, "a header can't be written: the subject, the sender's name or the link to unsubscribe is unfit");
		return error;
	}
	add_body(out, buf_view(&body));
	return buf_error(out);
}
