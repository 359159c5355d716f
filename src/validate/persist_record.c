#include "validate/persist_record.h"

#include "base/base64url.h"
#include "dns/issue_value.h"

enum { DIGITS_MAX = 18, DOMAIN_MAX = 255 };

static int read_until(struct view text, xica_time *ret_until)
{
	xica_time until = 0;
	if (!text.len || text.len > DIGITS_MAX)
		return XICA_EPARSE;
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] < '0' || text.ptr[i] > '9')
			return XICA_EPARSE;
		until = until * 10 + (text.ptr[i] - '0');
	}
	*ret_until = until ? until : 1; // 0 is a time too, and long over
	return XICA_OK;
}

enum { ACCOUNT_URI = 1 << 0, POLICY = 1 << 1, PERSIST_UNTIL = 1 << 2 };

static int note(struct persist_record *record, const struct dns_issue_parameter *parameter, unsigned *there)
{
	unsigned which = view_equal_nocase(parameter->tag, VIEW_LIT("accounturi"))     ? ACCOUNT_URI
			 : view_equal_nocase(parameter->tag, VIEW_LIT("policy"))       ? POLICY
			 : view_equal_nocase(parameter->tag, VIEW_LIT("persistuntil")) ? PERSIST_UNTIL
										       : 0;
	if (*there & which)
		return XICA_EPARSE;
	*there |= which;
	if (which == ACCOUNT_URI)
		record->account_uri = parameter->value;
	if (which == POLICY)
		record->wildcard = view_equal_nocase(parameter->value, VIEW_LIT("wildcard"));
	return which == PERSIST_UNTIL ? read_until(parameter->value, &record->until) : XICA_OK;
}

int persist_record_read(struct view text, struct persist_record *ret_record)
{
	struct dns_issue_value value;
	struct dns_issue_parameter parameter;
	unsigned there = 0;
	int error = dns_issue_value_read(text, &value);
	struct persist_record record = {.issuer = value.issuer};
	if (error)
		return error;
	for (struct view rest = value.parameters; !error && dns_issue_parameter_next(&rest, &parameter);)
		error = note(&record, &parameter, &there);
	if (error)
		return error;
	if (!record.issuer.len || !record.account_uri.len)
		return XICA_EPARSE;
	*ret_record = record;
	return XICA_OK;
}

int persist_account_uri(const char *prefix, struct view domain, const uint8_t thumbprint[CRYPTO_SHA256_LEN], struct view account_url, struct buf *out)
{
	cleanup_buf input = BUF_INIT;
	uint8_t hash[CRYPTO_SHA256_LEN];
	if (!domain.len || domain.len > DOMAIN_MAX)
		return XICA_EINVAL;
	buf_add_byte(&input, (uint8_t)domain.len);
	buf_add(&input, domain);
	base64url_encode(&input, view_bytes(thumbprint, CRYPTO_SHA256_LEN));
	buf_add(&input, account_url);
	int error = buf_error(&input);
	if (error || (error = crypto_sha256(buf_view(&input), hash)))
		return error;
	buf_addf(out, "%ssha-256/", prefix);
	base64url_encode(out, view_bytes(hash, sizeof(hash)));
	return buf_error(out);
}
