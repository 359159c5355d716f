#include "dns/issue_value.h"

static bool is_alnum(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool is_space(uint8_t c)
{
	return c == ' ' || c == '\t';
}

// Read from left to right.
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

static int take_parameter(struct cursor *c, struct dns_issue_parameter *ret_parameter)
{
	struct dns_issue_parameter parameter = {.tag = take_label(c)};
	skip_spaces(c);
	if (!parameter.tag.len || !at_byte(c, '='))
		return XICA_EPARSE;
	(void)take(c, 1);
	skip_spaces(c);
	parameter.value = take_value(c);
	skip_spaces(c);
	if (!at_end(c)) {
		if (!at_byte(c, ';'))
			return XICA_EPARSE;
		(void)take(c, 1);
		skip_spaces(c);
		if (at_end(c)) // a ";" stands between two parameters, not behind the last
			return XICA_EPARSE;
	}
	*ret_parameter = parameter;
	return XICA_OK;
}

bool dns_issue_parameter_next(struct view *rest, struct dns_issue_parameter *ret_parameter)
{
	struct cursor c = {*rest};
	if (at_end(&c) || take_parameter(&c, ret_parameter))
		return false;
	*rest = c.rest;
	return true;
}

int dns_issue_value_read(struct view text, struct dns_issue_value *ret_value)
{
	struct cursor c = {text};
	struct dns_issue_value value = {0};
	struct dns_issue_parameter parameter;
	skip_spaces(&c);
	if (!at_end(&c) && !at_byte(&c, ';')) {
		int error = take_domain(&c, &value.issuer);
		if (error)
			return error;
		skip_spaces(&c);
	}
	if (!at_end(&c) && !at_byte(&c, ';'))
		return XICA_EPARSE;
	(void)take(&c, 1);
	skip_spaces(&c);
	value.parameters = c.rest;
	while (!at_end(&c)) {
		int error = take_parameter(&c, &parameter);
		if (error)
			return error;
	}
	*ret_value = value;
	return XICA_OK;
}
