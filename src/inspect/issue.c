#include "inspect/issue.h"

#include <stdlib.h>
#include <string.h>

#include "acme/url.h"
#include "base/base64url.h"
#include "base/hex.h"

struct reader {
	const json_t *line, *evidence;
	struct arena *arena;
	struct inspect_issue *to;
	const char *why;
};

static int wrong(struct reader *r, const char *member)
{
	r->why = member;
	return XICA_EPARSE;
}

static const char *text_of(const json_t *object, const char *member)
{
	return json_string_value(json_object_get(object, member));
}

static int read_time(struct reader *r, const json_t *object, const char *member, xica_time *ret_time)
{
	return clock_parse_rfc3339(view_str(text_of(object, member)), ret_time) ? wrong(r, member) : XICA_OK;
}

static int keep(struct reader *r, struct view bytes, struct view *ret_kept)
{
	*ret_kept = arena_copy(r->arena, bytes);
	return ret_kept->ptr ? XICA_OK : XICA_ENOMEM;
}

static int read_text(struct reader *r, const char *member, const char **ret_text)
{
	const char *text = text_of(r->line, member);
	*ret_text = text ? arena_strdup(r->arena, view_str(text)) : NULL;
	return !text ? wrong(r, member) : *ret_text ? XICA_OK : XICA_ENOMEM;
}

static int read_serial(struct reader *r)
{
	cleanup_buf bytes = BUF_INIT;
	if (hex_decode(view_str(text_of(r->line, "serial")), &bytes) || !bytes.len)
		return wrong(r, "serial");
	return keep(r, buf_view(&bytes), &r->to->serial);
}

static int read_account(struct reader *r)
{
	cleanup_buf bytes = BUF_INIT;
	if (base64url_decode(view_str(text_of(r->line, "account")), &bytes) || bytes.len != CRYPTO_SHA256_LEN)
		return wrong(r, "account");
	memcpy(r->to->account, bytes.ptr, CRYPTO_SHA256_LEN);
	return XICA_OK;
}

static int read_base64(struct reader *r, const char *text, const char *member, struct view *ret_bytes)
{
	cleanup_buf bytes = BUF_INIT;
	if (!text || base64_decode(view_str(text), &bytes))
		return wrong(r, member);
	return keep(r, buf_view(&bytes), ret_bytes);
}

static int read_json(struct reader *r, const json_t *value, const char *member, struct view *ret_text)
{
	char *text = json_is_object(value) ? json_dumps(value, JSON_COMPACT) : NULL;
	int error = text ? keep(r, view_str(text), ret_text) : wrong(r, member);
	free(text);
	return error;
}

static int read_receipts(struct reader *r)
{
	const json_t *list = json_object_get(r->evidence, "receipts");
	size_t count = json_array_size(list);
	r->to->receipts = arena_array(r->arena, count + 1, sizeof(*r->to->receipts));
	if (!r->to->receipts)
		return XICA_ENOMEM;
	if (!json_is_array(list))
		return wrong(r, "receipts");
	for (size_t i = 0; i < count; i++) {
		int error = read_base64(r, json_string_value(json_array_get(list, i)), "receipts", &r->to->receipts[i]);
		if (error)
			return error;
		r->to->receipt_count++;
	}
	return XICA_OK;
}

static int read_key_changes(struct reader *r)
{
	const json_t *list = json_object_get(r->evidence, "key_changes");
	size_t count = json_array_size(list);
	r->to->key_changes = arena_array(r->arena, count + 1, sizeof(*r->to->key_changes));
	if (!r->to->key_changes)
		return XICA_ENOMEM;
	if (list && !json_is_array(list))
		return wrong(r, "key_changes");
	for (size_t i = 0; i < count; i++) {
		int error = read_json(r, json_array_get(list, i), "key_changes", &r->to->key_changes[i]);
		if (error)
			return error;
		r->to->key_change_count++;
	}
	return XICA_OK;
}

static int read_evidence(struct reader *r)
{
	r->evidence = json_object_get(r->line, "evidence");
	r->to->has_evidence = r->evidence != NULL;
	if (!r->evidence)
		return XICA_OK;
	int error = read_time(r, r->evidence, "checked", &r->to->checked);
	if (!error)
		error = read_json(r, json_object_get(r->evidence, "account_key"), "account_key", &r->to->account_key);
	if (!error)
		error = read_json(r, json_object_get(r->evidence, "finalize"), "finalize", &r->to->finalize);
	if (!error)
		error = read_receipts(r);
	return error ? error : read_key_changes(r);
}

int inspect_issue_read(const json_t *line, struct arena *arena, struct inspect_issue *ret_issue, const char **ret_why)
{
	struct inspect_issue issue = {0};
	struct reader r = {.line = line, .arena = arena, .to = &issue};
	int error = read_time(&r, line, "time", &issue.time);
	if (!error)
		error = read_serial(&r);
	if (!error)
		error = read_text(&r, "issuer", &issue.issuer);
	if (!error)
		error = read_text(&r, "profile", &issue.profile);
	if (!error)
		error = read_account(&r);
	if (!error)
		error = read_base64(&r, text_of(line, "certificate"), "certificate", &issue.certificate);
	if (!error)
		error = read_evidence(&r);
	if (error)
		*ret_why = r.why;
	else
		*ret_issue = issue;
	return error;
}

// --- URLs

static int number_behind(struct view url, struct view path, struct view end, int64_t *ret_number)
{
	if (!view_ends(url, end))
		return XICA_EPARSE;
	struct view rest = view_sub(url, 0, url.len - end.len);
	size_t slash = rest.len;
	while (slash && rest.ptr[slash - 1] != '/')
		slash--;
	struct view number = view_sub(rest, slash, SIZE_MAX);
	if (!view_ends(view_sub(rest, 0, slash), path))
		return XICA_EPARSE;
	if (view_equal_str(number, "operator")) {
		*ret_number = 0;
		return XICA_OK;
	}
	return acme_url_parse_id(number, ret_number);
}

int inspect_account_of(struct view kid, int64_t *ret_account)
{
	return number_behind(kid, VIEW_LIT("/acme/account/"), VIEW_NONE, ret_account);
}

int inspect_order_of(struct view url, int64_t *ret_order)
{
	return number_behind(url, VIEW_LIT("/acme/order/"), VIEW_LIT("/finalize"), ret_order);
}
