#include "validate/dns_account01.h"

#include <stdlib.h>

#include "base/base32.h"
#include "validate/dns01.h"

enum { HASH_PART = 10 };

struct challenge_run {
	challenge_done *done;
	void *context;
	struct challenge_run *look; // dns01.c's
	struct arena arena;
};

int dns_account01_name(struct view account_url, struct view domain, struct buf *out)
{
	uint8_t hash[CRYPTO_SHA256_LEN];
	int error = crypto_sha256(account_url, hash);
	if (error)
		return error;
	cleanup_buf label = BUF_INIT;
	base32_encode(&label, view_bytes(hash, HASH_PART));
	buf_add_byte(out, '_');
	for (size_t i = 0; i < label.len; i++)
		buf_add_byte(out, label.ptr[i] >= 'A' && label.ptr[i] <= 'Z' ? (uint8_t)(label.ptr[i] | 0x20) : label.ptr[i]);
	buf_add_str(out, "._acme-challenge.");
	buf_add(out, domain);
	return buf_error(&label) ? XICA_ENOMEM : buf_error(out);
}

static void cancel(struct challenge_run *run)
{
	if (!run)
		return;
	if (run->look)
		dns01_cancel(run->look);
	arena_free(&run->arena);
	free(run);
}

static void looked(const struct challenge_outcome *outcome, void *context)
{
	struct challenge_run *run = context;
	run->look = NULL;
	run->done(outcome, run->context);
	cancel(run);
}

static int look(const struct challenge_tools *tools, const struct challenge_request *request, struct challenge_run *run)
{
	cleanup_buf name = BUF_INIT;
	int error = dns_account01_name(request->account_url, request->identifier.value, &name);
	const char *hint = arena_printf(&run->arena, "; the name is made of the account's URL, %.*s", VIEW_FMT(request->account_url));
	if (error || !hint)
		return error ? error : XICA_ENOMEM;
	return dns01_start_at(tools, request, buf_cstr(&name), hint, looked, run, &run->look);
}

static int start(const struct challenge_tools *tools, const struct challenge_request *request, challenge_done *done, void *context,
		 struct challenge_run **ret_run)
{
	struct challenge_run *run = calloc(1, sizeof(*run));
	if (!run)
		return XICA_ENOMEM;
	*run = (struct challenge_run){.done = done, .context = context};
	int error = look(tools, request, run);
	if (error) {
		cancel(run);
		return error;
	}
	*ret_run = run;
	return XICA_OK;
}

const struct challenge_method challenge_dns_account01 = {
	.name = "dns-account-01",
	.method = RECEIPT_DNS_ACCOUNT_01,
	.proves_wildcard = true,
	.proves_subdomains = true,
	.start = start,
	.cancel = cancel,
};
