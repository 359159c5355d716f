#include "validate/dns01.h"

#include <stdlib.h>
#include <string.h>

#include "base/base64url.h"
#include "dns/txt.h"

struct challenge_run {
	challenge_done *done;
	void *context;
	const char *name;     // _acme-challenge.D, or _acme-challenge._xmpp-server.D for the service alone
	const char *hint;
	struct buf expected;  // base64url of the digest
	struct dns_query *query;
	struct arena arena;
};

void dns01_cancel(struct challenge_run *run)
{
	if (!run)
		return;
	dns_query_cancel(run->query);
	buf_free(&run->expected);
	arena_free(&run->arena);
	free(run);
}

// " (a CNAME leads to X)", or nothing
static const char *alias_text(struct challenge_run *run, const struct dns_answer *answer)
{
	if (!answer->owner || strcmp(answer->owner, run->name) == 0)
		return "";
	const char *text = arena_printf(&run->arena, " (a CNAME leads to %.253s)", answer->owner);
	return text ? text : "";
}

// A wildcard is proven where its domain is (RFC 8555 §8.4), a service at its own name.
static const char *place_of_proof(const struct pki_identifier *identifier, struct arena *arena)
{
	struct pki_identifier bare = *identifier;
	bare.wildcard = false;
	const char *text = pki_identifier_text(&bare, arena);
	return text ? arena_printf(arena, "_acme-challenge.%s", text) : NULL;
}

static struct challenge_outcome compare(struct challenge_run *run, const struct dns_answer *answer)
{
	for (size_t i = 0; i < answer->count; i++) {
		cleanup_buf text = BUF_INIT;
		if (!dns_txt_join(answer->records[i], &text) && view_equal(buf_view(&text), buf_view(&run->expected)))
			return (struct challenge_outcome){ACME_PROBLEM_NONE, arena_printf(&run->arena, "TXT record at %s%s%s", run->name,
				alias_text(run, answer), answer->secure ? ", DNSSEC-signed" : "")};
	}
	return (struct challenge_outcome){ACME_INCORRECT_RESPONSE, arena_printf(&run->arena,
		answer->count == 1 ? "found %zu TXT record at %s%s, and it isn't the expected \"%s\""
				   : "found %zu TXT records at %s%s, none is the expected \"%s\"",
		answer->count, run->name, alias_text(run, answer), buf_cstr(&run->expected))};
}

static struct challenge_outcome judge(struct challenge_run *run, const struct dns_answer *answer)
{
	switch (answer->outcome) {
	case DNS_FOUND: return compare(run, answer);
	case DNS_NO_DATA:
	case DNS_NO_NAME:
		return (struct challenge_outcome){ACME_UNAUTHORIZED, arena_printf(&run->arena, "no TXT record at %s%s (%s)%s", run->name,
			alias_text(run, answer), answer->outcome == DNS_NO_NAME ? "the zone answered NXDOMAIN" : "the zone has other records there, or names below",
			run->hint)};
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
	dns01_cancel(run);
}

int dns01_start_at(const struct challenge_tools *tools, const struct challenge_request *request, const char *name, const char *hint,
		   challenge_done *done, void *context, struct challenge_run **ret_run)
{
	struct challenge_run *run = calloc(1, sizeof(*run));
	if (!run)
		return XICA_ENOMEM;
	*run = (struct challenge_run){.done = done, .context = context, .hint = hint ? hint : ""};
	uint8_t digest[CRYPTO_SHA256_LEN];
	int error = challenge_digest(request, digest);
	if (!error) {
		base64url_encode(&run->expected, view_bytes(digest, sizeof(digest)));
		run->name = name ? arena_strdup(&run->arena, view_str(name)) : place_of_proof(&request->identifier, &run->arena);
		error = run->name && buf_cstr(&run->expected)
				? dns_query_start(tools->resolver, view_str(run->name), DNS_TXT, on_answer, run, &run->query)
				: XICA_ENOMEM;
	}
	if (error) {
		dns01_cancel(run);
		return error;
	}
	*ret_run = run;
	return XICA_OK;
}

static int start(const struct challenge_tools *tools, const struct challenge_request *request, challenge_done *done, void *context,
		 struct challenge_run **ret_run)
{
	return dns01_start_at(tools, request, NULL, NULL, done, context, ret_run);
}

const struct challenge_method challenge_dns01 = {
	.name = "dns-01",
	.method = RECEIPT_DNS_01,
	.proves_wildcard = true,
	.proves_service = true,
	.proves_subdomains = true,
	.start = start,
	.cancel = dns01_cancel,
};
