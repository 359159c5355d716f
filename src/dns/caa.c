#include "dns/caa.h"

#include "dns/issue_value.h"

enum { FLAG_CRITICAL = 0x80, AT_TAG = 2 };

static bool is_alnum(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
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

static void note(struct dns_caa_issue *issue, const struct dns_issue_parameter *parameter)
{
	if (view_equal_nocase(parameter->tag, VIEW_LIT("accounturi"))) {
		issue->contradictory |= issue->has_account_uri;
		issue->has_account_uri = true;
		issue->account_uri = parameter->value;
	} else if (view_equal_nocase(parameter->tag, VIEW_LIT("validationmethods"))) {
		issue->contradictory |= issue->has_methods;
		issue->has_methods = true;
		issue->methods = parameter->value;
	}
}

int dns_caa_issue_read(struct view value, struct dns_caa_issue *ret_issue)
{
	struct dns_issue_value read;
	struct dns_issue_parameter parameter;
	int error = dns_issue_value_read(value, &read);
	if (error)
		return error;
	struct dns_caa_issue issue = {.domain = read.issuer};
	for (struct view rest = read.parameters; dns_issue_parameter_next(&rest, &parameter);)
		note(&issue, &parameter);
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
