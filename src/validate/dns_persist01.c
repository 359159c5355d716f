#include "validate/dns_persist01.h"

#include <stdlib.h>
#include <string.h>

#include "dns/txt.h"
#include "validate/persist_record.h"

struct challenge_run {
	const struct challenge_tools *tools;
	const struct challenge_request *request;
	challenge_done *done;
	void *context;
	const char *name; // _validation-persist.D
	struct dns_query *query;
	struct arena arena;
};

static void cancel(struct challenge_run *run)
{
	if (!run)
		return;
	dns_query_cancel(run->query);
	arena_free(&run->arena);
	free(run);
}

// How near a record comes, from far to near: an applicant is told of the nearest.
enum nearness { MALFORMED, OTHER_ISSUER, OTHER_ACCOUNT, OVER, NO_WILDCARD, FITS };

static bool is_us(const struct challenge_run *run, struct view issuer)
{
	for (size_t i = 0; i < run->tools->caa_identity_count; i++)
		if (view_equal_nocase(issuer, view_str(run->tools->caa_identities[i])))
			return true;
	return false;
}

static bool is_uri_of(const struct challenge_run *run, struct view uri, const uint8_t *thumbprint)
{
	const struct view domains[] = {run->request->identifier.value, VIEW_LIT("*")};
	for (size_t i = 0; i < 2; i++) {
		cleanup_buf expected = BUF_INIT;
		if (!persist_account_uri(run->tools->account_hash_prefix, domains[i], thumbprint, run->request->account_url, &expected) &&
		    view_equal(uri, buf_view(&expected)))
			return true;
	}
	return false;
}

// By which of the account's keys. *ret_former: NULL, by that of today.
static bool is_our_account(const struct challenge_run *run, struct view uri, const uint8_t **ret_former)
{
	struct view former = run->request->former;
	*ret_former = NULL;
	if (is_uri_of(run, uri, run->request->thumbprint))
		return true;
	for (size_t at = 0; at + CRYPTO_SHA256_LEN <= former.len; at += CRYPTO_SHA256_LEN)
		if (is_uri_of(run, uri, former.ptr + at)) {
			*ret_former = former.ptr + at;
			return true;
		}
	return false;
}

// More than the domain itself: the owner must have said so.
static bool wants_wildcard(const struct challenge_run *run)
{
	return run->request->identifier.wildcard || run->request->subdomains;
}

static enum nearness judge_record(const struct challenge_run *run, struct view rdata, struct challenge_outcome *ret_proven)
{
	cleanup_buf text = BUF_INIT;
	struct persist_record record;
	const uint8_t *former;
	if (dns_txt_join(rdata, &text) || persist_record_read(buf_view(&text), &record))
		return MALFORMED;
	if (!is_us(run, record.issuer))
		return OTHER_ISSUER;
	if (!is_our_account(run, record.account_uri, &former))
		return OTHER_ACCOUNT;
	if (record.until && run->tools->now() > record.until)
		return OVER;
	if (wants_wildcard(run) && !record.wildcard)
		return NO_WILDCARD;
	*ret_proven = (struct challenge_outcome){.problem = ACME_PROBLEM_NONE, .former = former, .until = record.until};
	return FITS;
}

// Of those that fit: the one that is good the longest.
static bool is_better(const struct challenge_outcome *one, const struct challenge_outcome *other)
{
	return !one->until || (other->until && one->until > other->until);
}

static const char *expected_text(struct challenge_run *run)
{
	cleanup_buf uri = BUF_INIT;
	if (persist_account_uri(run->tools->account_hash_prefix, run->request->identifier.value, run->request->thumbprint, run->request->account_url, &uri))
		return NULL;
	return arena_printf(&run->arena, "%s; accounturi=%s%s", run->tools->caa_identity_count ? run->tools->caa_identities[0] : "", buf_cstr(&uri),
			    wants_wildcard(run) ? "; policy=wildcard" : "");
}

static struct challenge_outcome refuse(struct challenge_run *run, const struct dns_answer *answer, enum nearness nearest)
{
	static const char *const WHY[] = {
		[MALFORMED] = "none is well-formed", [OTHER_ISSUER] = "none names this CA", [OTHER_ACCOUNT] = "none is for this account and its key",
		[OVER] = "the time of the one for this account is over (persistUntil)",
		[NO_WILDCARD] = "the one for this account doesn't say policy=wildcard", [FITS] = ""};
	const char *expected = expected_text(run);
	return (struct challenge_outcome){ACME_INCORRECT_RESPONSE,
		arena_printf(&run->arena, "found %zu TXT record%s at %s, and %s; expected is \"%s\"", answer->count, answer->count == 1 ? "" : "s", run->name,
			     WHY[nearest], expected ? expected : "")};
}

static struct challenge_outcome judge_all(struct challenge_run *run, const struct dns_answer *answer)
{
	enum nearness nearest = MALFORMED;
	struct challenge_outcome best = {0};
	for (size_t i = 0; i < answer->count; i++) {
		struct challenge_outcome proven = {0};
		enum nearness nearness = judge_record(run, answer->records[i], &proven);
		if (nearness == FITS && (nearest != FITS || is_better(&proven, &best)))
			best = proven;
		if (nearness > nearest)
			nearest = nearness;
	}
	if (nearest != FITS)
		return refuse(run, answer, nearest);
	best.detail = arena_printf(&run->arena, "TXT record at %s%s%s", run->name, best.former ? ", of a key that the account had before" : "",
				   answer->secure ? ", DNSSEC-signed" : "");
	return best;
}

static struct challenge_outcome judge(struct challenge_run *run, const struct dns_answer *answer)
{
	const char *expected = expected_text(run);
	switch (answer->outcome) {
	case DNS_FOUND: return judge_all(run, answer);
	case DNS_NO_DATA:
	case DNS_NO_NAME:
		return (struct challenge_outcome){ACME_UNAUTHORIZED,
			arena_printf(&run->arena, "no TXT record at %s; expected is \"%s\"", run->name, expected ? expected : "")};
	case DNS_BOGUS:
	case DNS_FAILED: break;
	}
	return (struct challenge_outcome){ACME_DNS, arena_printf(&run->arena, "looking up the TXT record at %s failed: %s", run->name, answer->why)};
}

static void on_answer(const struct dns_answer *answer, void *context)
{
	struct challenge_run *run = context;
	run->query = NULL;
	struct challenge_outcome outcome = judge(run, answer);
	run->done(&outcome, run->context);
	cancel(run);
}

static int start(const struct challenge_tools *tools, const struct challenge_request *request, challenge_done *done, void *context,
		 struct challenge_run **ret_run)
{
	struct challenge_run *run = calloc(1, sizeof(*run));
	if (!run)
		return XICA_ENOMEM;
	*run = (struct challenge_run){.tools = tools, .request = request, .done = done, .context = context};
	run->name = arena_printf(&run->arena, "_validation-persist.%.*s", VIEW_FMT(request->identifier.value));
	int error = run->name ? dns_query_start(tools->resolver, view_str(run->name), DNS_TXT, on_answer, run, &run->query) : XICA_ENOMEM;
	if (error) {
		cancel(run);
		return error;
	}
	*ret_run = run;
	return XICA_OK;
}

const struct challenge_method challenge_dns_persist01 = {
	.name = "dns-persist-01",
	.method = RECEIPT_DNS_PERSIST_01,
	.proves_wildcard = true,
	.proves_subdomains = true,
	.start = start,
	.cancel = cancel,
};
