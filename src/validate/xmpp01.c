#include "validate/xmpp01.h"

#include <stdlib.h>
#include <string.h>

#include "validate/acme_identifier.h"
#include "validate/target.h"
#include "validate/xmpp_place.h"
#include "validate/xmpp_talk.h"

struct challenge_run {
	const struct challenge_tools *tools;
	challenge_done *done;
	void *context;
	bool by_certificate;              // xmpp-tls-01
	const struct pki_identifier *identifier;
	const char *domain;
	struct view token;
	struct buf key_authorization;
	uint8_t digest[CRYPTO_SHA256_LEN];
	size_t next_srv;                  // of tools->xmpp_services
	const struct xmpp_srv *srv;
	struct xmpp_endpoint endpoints[XMPP_ENDPOINTS_MAX];
	size_t endpoint_count, next_endpoint;
	bool secure;
	struct target target;             // the addresses of the endpoint before next_endpoint
	size_t next_address;
	bool shown;                       // by a target of the priority that decides
	unsigned priority;
	const char *shown_by;
	struct challenge_outcome first;   // why the first attempt came to nothing: the kinds of record stand in the order of their weight
	struct xmpp_place_lookup *place;
	struct target_lookup *lookup;
	struct xmpp_talk *talk;
	struct arena arena;
};

static void cancel(struct challenge_run *run)
{
	if (!run)
		return;
	xmpp_place_cancel(run->place);
	target_lookup_cancel(run->lookup);
	xmpp_talk_cancel(run->talk);
	buf_free(&run->key_authorization);
	arena_free(&run->arena);
	free(run);
}

static void finish(struct challenge_run *run, enum acme_problem_type problem, const char *detail)
{
	struct challenge_outcome outcome = {problem, detail ? detail : xica_strerror(XICA_ENOMEM)};
	run->done(&outcome, run->context);
	cancel(run);
}

static void note_failure(struct challenge_run *run, enum acme_problem_type problem, const char *detail)
{
	if (run->first.problem == ACME_PROBLEM_NONE)
		run->first = (struct challenge_outcome){problem, detail};
}

static void fail_internally(struct challenge_run *run, int error)
{
	finish(run, ACME_SERVER_INTERNAL, xica_strerror(error));
}

static const struct xmpp_endpoint *endpoint_of(const struct challenge_run *run)
{
	return &run->endpoints[run->next_endpoint - 1];
}

// "xmpp.example.org (192.0.2.7 port 5269)"
static const char *where(struct challenge_run *run)
{
	char text[ADDRESS_TEXT_LEN];
	const struct xmpp_endpoint *endpoint = endpoint_of(run);
	const char *made = arena_printf(&run->arena, "%.253s (%s port %u)", endpoint->host, address_text(&run->target.list[run->next_address - 1], text),
					endpoint->port);
	return made ? made : endpoint->host;
}

static void try_next_srv(struct challenge_run *run);
static void try_next_endpoint(struct challenge_run *run);
static void try_next_address(struct challenge_run *run);

// --- what was shown

static const char *how(const struct challenge_run *run)
{
	return run->srv->direct_tls ? "direct TLS" : "STARTTLS";
}

static void take_shown(struct challenge_run *run, const struct xmpp_talk_seen *seen)
{
	run->shown = true;
	run->priority = endpoint_of(run)->priority;
	run->shown_by = arena_printf(&run->arena, "%s showed the %s by %s (%s._tcp, %s%s)", where(run),
				     run->by_certificate ? "certificate" : "key authorization", how(run), run->srv->name, seen->tls_version,
				     run->secure ? ", DNSSEC-signed" : "");
	try_next_endpoint(run);
}

static void judge_features(struct challenge_run *run, const struct xmpp_talk_seen *seen)
{
	struct view shown = xmpp_features_acme(seen->features, run->token);
	if (!shown.ptr)
		finish(run, ACME_UNAUTHORIZED, arena_printf(&run->arena, "%s shows no <acme xmlns='" XMPP_NS_ACME "'/> for this token in its stream features",
							    where(run)));
	else if (!view_equal(shown, buf_view(&run->key_authorization)))
		finish(run, ACME_INCORRECT_RESPONSE, arena_printf(&run->arena, "the key authorization that %s shows for this token isn't the expected one",
								  where(run)));
	else
		take_shown(run, seen);
}

static void judge_certificate(struct challenge_run *run, const struct xmpp_talk_seen *seen)
{
	const char *why = NULL;
	int error = acme_identifier_check(seen->certificate, view_str(run->domain), run->digest, &why);
	if (!error)
		take_shown(run, seen);
	else if (error == XICA_EPARSE || error == XICA_EDENIED)
		finish(run, ACME_INCORRECT_RESPONSE, arena_printf(&run->arena, "the certificate that %s shows for %s %s", where(run), run->domain, why));
	else
		fail_internally(run, error);
}

// Who answers decides, by what it shows or by its failing. Where nobody is at home, the next address is tried.
static void on_seen(const struct xmpp_talk_seen *seen, void *context)
{
	struct challenge_run *run = context;
	run->talk = NULL;
	if (!seen->answered) {
		note_failure(run, ACME_CONNECTION, arena_printf(&run->arena, "%s can't be reached: %s", where(run), seen->failure));
		try_next_address(run);
	} else if (seen->failure) {
		finish(run, seen->problem, arena_printf(&run->arena, "%s %s", where(run), seen->failure));
	} else if (run->by_certificate) {
		judge_certificate(run, seen);
	} else {
		judge_features(run, seen);
	}
}

// --- one after the other

static void try_next_address(struct challenge_run *run)
{
	if (run->next_address == run->target.count) {
		try_next_endpoint(run);
		return;
	}
	const struct xmpp_talk_request request = {
		.address = run->target.list[run->next_address++],
		.port = endpoint_of(run)->port,
		.domain = run->domain,
		.service = run->srv->service,
		.direct_tls = run->srv->direct_tls,
		.features = !run->by_certificate,
	};
	int error = xmpp_talk_start(run->tools, &request, on_seen, run, &run->talk);
	if (error == XICA_EIO || error == XICA_EDENIED) {
		note_failure(run, ACME_CONNECTION, arena_printf(&run->arena, "%s can't be reached", where(run)));
		try_next_address(run);
	} else if (error) {
		fail_internally(run, error);
	}
}

static void on_target(const struct target *target, void *context)
{
	struct challenge_run *run = context;
	run->lookup = NULL;
	run->target = *target;
	run->next_address = 0;
	if (!target->count)
		note_failure(run, target->failure.problem, arena_strdup(&run->arena, view_str(target->failure.detail)));
	try_next_address(run);
}

static void try_next_endpoint(struct challenge_run *run)
{
	bool more = run->next_endpoint < run->endpoint_count;
	if (run->shown && (!more || run->endpoints[run->next_endpoint].priority != run->priority)) {
		finish(run, ACME_PROBLEM_NONE, run->shown_by);
		return;
	}
	if (!more) {
		try_next_srv(run);
		return;
	}
	int error = target_lookup_start(run->tools, view_str(run->endpoints[run->next_endpoint++].host), on_target, run, &run->lookup);
	if (error == XICA_EINVAL) {
		note_failure(run, ACME_DNS, arena_printf(&run->arena, "the target of an SRV record at %s._tcp.%s is no host name", run->srv->name,
									      run->domain));
		try_next_endpoint(run);
	} else if (error) {
		fail_internally(run, error);
	}
}

static void on_place(const struct xmpp_place *place, void *context)
{
	struct challenge_run *run = context;
	run->place = NULL;
	if (place->failure.problem != ACME_PROBLEM_NONE) { // a failure is never taken for "no record"
		finish(run, place->failure.problem, place->failure.detail);
		return;
	}
	run->secure = place->secure;
	run->endpoint_count = place->count;
	run->next_endpoint = 0;
	for (size_t i = 0; i < place->count; i++) {
		run->endpoints[i] = place->list[i];
		run->endpoints[i].host = arena_strdup(&run->arena, view_str(place->list[i].host));
		if (!run->endpoints[i].host) {
			fail_internally(run, XICA_ENOMEM);
			return;
		}
	}
	try_next_endpoint(run);
}

// The domain is proven by any of its XMPP servers; its service between servers (srv identifiers are of no other) by those alone.
static bool may_prove(const struct challenge_run *run, const struct xmpp_srv *srv)
{
	return run->identifier->type == PKI_IDENTIFIER_DNS || srv->service == XMPP_SERVER;
}

// The next kind of record that may prove it; NULL: there is none.
static const struct xmpp_srv *next_srv(struct challenge_run *run)
{
	const struct challenge_tools *tools = run->tools;
	while (run->next_srv < tools->xmpp_service_count) {
		const struct xmpp_srv *srv = xmpp_srv_find(view_str(tools->xmpp_services[run->next_srv++]));
		if (srv && may_prove(run, srv))
			return srv;
	}
	return NULL;
}

static void try_next_srv(struct challenge_run *run)
{
	run->srv = next_srv(run);
	if (!run->srv) {
		if (run->first.problem != ACME_PROBLEM_NONE)
			finish(run, run->first.problem, run->first.detail);
		else
			finish(run, ACME_DNS, arena_printf(&run->arena, "the SRV records of %s say that it has no XMPP service", run->domain));
		return;
	}
	int error = xmpp_place_start(run->tools, run->srv, run->domain, on_place, run, &run->place);
	if (error)
		fail_internally(run, error);
}

// --- the methods

static int start(bool by_certificate, const struct challenge_tools *tools, const struct challenge_request *request, challenge_done *done,
		 void *context, struct challenge_run **ret_run)
{
	struct challenge_run *run = calloc(1, sizeof(*run));
	if (!run)
		return XICA_ENOMEM;
	*run = (struct challenge_run){.tools = tools, .done = done, .context = context, .by_certificate = by_certificate,
				      .identifier = &request->identifier, .token = request->token};
	run->domain = arena_strdup(&run->arena, request->identifier.value);
	int error = run->domain ? challenge_key_authorization(request, &run->key_authorization) : XICA_ENOMEM;
	if (!error)
		error = challenge_digest(request, run->digest);
	run->srv = next_srv(run); // try_next_srv would answer from within
	if (!error)
		error = run->srv ? xmpp_place_start(tools, run->srv, run->domain, on_place, run, &run->place) : XICA_EDENIED;
	if (error) {
		cancel(run);
		return error;
	}
	*ret_run = run;
	return XICA_OK;
}

static int start_features(const struct challenge_tools *tools, const struct challenge_request *request, challenge_done *done, void *context,
			  struct challenge_run **ret_run)
{
	return start(false, tools, request, done, context, ret_run);
}

static int start_certificate(const struct challenge_tools *tools, const struct challenge_request *request, challenge_done *done, void *context,
			     struct challenge_run **ret_run)
{
	return start(true, tools, request, done, context, ret_run);
}

const struct challenge_method challenge_xmpp01 = {
	.name = "xmpp-01",
	.method = RECEIPT_XMPP_01,
	.proves_wildcard = false,
	.proves_service = true,
	.start = start_features,
	.cancel = cancel,
};

const struct challenge_method challenge_xmpp_tls01 = {
	.name = "xmpp-tls-01",
	.method = RECEIPT_XMPP_TLS_01,
	.proves_wildcard = false,
	.proves_service = true,
	.start = start_certificate,
	.cancel = cancel,
};
