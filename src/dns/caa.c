#include "dns/caa.h"

enum { FLAG_CRITICAL = 0x80, AT_TAG = 2 };

static bool is_alnum(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool is_space(uint8_t c)
{
	return c == ' ' || c == '\t';
}

int dns_caa_read(struct view rdata, struct dns_caa *ret_caa)
{
	if (rdata.len < AT_TAG)
		return XICA_EPARSE;
	size_t tag_len = rdata.ptr[1];
	if (!tag_len || rdata.len - AT_TAG < tag_len)
		return XICA_EPARSE;
	struct view tag = view_sub(rdata, AT_TAG, tag_len);
	for (size_t i = 0; i < tag.len; i++)
		if (!is_alnum(tag.ptr[i]))
			return XICA_EPARSE;
	*ret_caa = (struct dns_caa){(rdata.ptr[0] & FLAG_CRITICAL) != 0, tag, view_sub(rdata, AT_TAG + tag_len, SIZE_MAX)};
	return XICA_OK;
}

// The value of a property, read from left to right.
struct cursor {
	struct view rest;
};

static bool at_end(const struct cursor *c)
{
	return !c->rest.len;
}

static bool at_byte(const struct cursor *c, uint8_t byte)
{
	return c->rest.len && c->rest.ptr[0] == byte;
}

static struct view take(struct cursor *c, size_t len)
{
	struct view taken = view_sub(c->rest, 0, len);
	c->rest = view_sub(c->rest, len, SIZE_MAX);
	return taken;
}

static void skip_spaces(struct cursor *c)
{
	while (c->rest.len && is_space(c->rest.ptr[0]))
		(void)take(c, 1);
}

// label and tag have the same grammar: letters and digits, hyphens only between them.
static struct view take_label(struct cursor *c)
{
	size_t len = 0;
	while (len < c->rest.len && (is_alnum(c->rest.ptr[len]) || (len && c->rest.ptr[len] == '-')))
		len++;
	while (len && c->rest.ptr[len - 1] == '-')
		len--;
	return take(c, len);
}

static int take_domain(struct cursor *c, struct view *ret_domain)
{
	struct view start = c->rest;
	if (!take_label(c).len)
		return XICA_EPARSE;
	while (at_byte(c, '.')) {
		(void)take(c, 1);
		if (!take_label(c).len)
			return XICA_EPARSE;
	}
	*ret_domain = view_sub(start, 0, start.len - c->rest.len);
	return XICA_OK;
}

static struct view take_value(struct cursor *c)
{
	size_t len = 0;
	while (len < c->rest.len && c->rest.ptr[len] >= 0x21 && c->rest.ptr[len] <= 0x7e && c->rest.ptr[len] != ';')
		len++;
	return take(c, len);
}

static int take_parameter(struct cursor *c, struct dns_caa_issue *issue)
{
	struct view tag = take_label(c);
	skip_spaces(c);
	if (!tag.len || !at_byte(c, '='))
		return XICA_EPARSE;
	(void)take(c, 1);
	skip_spaces(c);
	struct view value = take_value(c);
	if (view_equal_nocase(tag, VIEW_LIT("accounturi"))) {
		issue->contradictory |= issue->has_account_uri;
		issue->has_account_uri = true;
		issue->account_uri = value;
	} else if (view_equal_nocase(tag, VIEW_LIT("validationmethods"))) {
		issue->contradictory |= issue->has_methods;
		issue->has_methods = true;
		issue->methods = value;
	}
	return XICA_OK;
}

int dns_caa_issue_read(struct view value, struct dns_caa_issue *ret_issue)
{
	struct cursor c = {value};
	struct dns_caa_issue issue = {0};
	skip_spaces(&c);
	if (!at_end(&c) && !at_byte(&c, ';')) {
		int error = take_domain(&c, &issue.domain);
		if (error)
			return error;
		skip_spaces(&c);
	}
	if (!at_end(&c) && !at_byte(&c, ';'))
		return XICA_EPARSE;
	(void)take(&c, 1);
	skip_spaces(&c);
	while (!at_end(&c)) {
		int error = take_parameter(&c, &issue);
		if (error)
			return error;
		skip_spaces(&c);
		if (at_end(&c))
			break;
		if (!at_byte(&c, ';'))
			return XICA_EPARSE;
		(void)take(&c, 1);
		skip_spaces(&c);
		if (at_end(&c)) // a ";" stands between two parameters, not behind the last
			return XICA_EPARSE;
	}
	*ret_issue = issue;
	return XICA_OK;
}

bool dns_caa_methods_have(struct view methods, struct view method)
{
	for (size_t at = 0; at <= methods.len;) {
		size_t comma = view_index(methods, ',', at);
		size_t end = comma == SIZE_MAX ? methods.len : comma;
		struct view name = view_sub(methods, at, end - at);
		if (method.len && view_equal(name, method))
			return true;
		at = end + 1;
	}
	return false;
}
