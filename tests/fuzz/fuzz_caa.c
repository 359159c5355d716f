// RDATA of a CAA record, and what two of them decide. Whatever a record says, it never lets an unnamed CA issue.
#include <stdlib.h>

#include "dns/caa.h"
#include "validate/caa_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_property(struct view rdata)
{
	struct dns_caa caa;
	struct dns_caa_issue issue;
	if (dns_caa_read(rdata, &caa))
		return;
	if (caa.tag.len + caa.value.len + 2 != rdata.len)
		abort();
	if (dns_caa_issue_read(caa.value, &issue))
		return;
	if (dns_caa_methods_have(issue.methods, VIEW_LIT("http-01")) && !issue.has_methods)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const US[] = {"ca.example"}, *const NOBODY[] = {""};
	struct view all = view_bytes(data, size);
	size_t cut = size ? data[0] % size : 0;
	struct view list[] = {view_sub(all, 1, cut), view_sub(all, 1 + cut, SIZE_MAX), VIEW_LIT("\0\5issue;")};
	struct caa_policy policy = {US, 1, VIEW_LIT("https://ca.example/acct/1"), VIEW_LIT("http-01")};
	cleanup_arena arena = ARENA_INIT;
	const char *why = NULL;
	check_property(all);
	for (unsigned wildcard = 0; wildcard < 2; wildcard++)
		if (caa_decide(list, 2, wildcard, &policy, &arena, &why) && !why)
			abort();
	policy.identities = NOBODY;
	if (!caa_decide(list, 3, false, &policy, &arena, &why))
		abort();
	return 0;
}
