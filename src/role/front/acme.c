// What of a signed request can be checked without knowing its account (RFC 8555 §6.2 to §6.5), in the order in which it is checked:
//
//   media type, size, JWS form, url equals the request's, jwk or kid as the endpoint wants, kid is an account's URL, nonce
//
// The nonce comes last, and is used up only by a request that could have been meant for this URL: a nonce costs its client a round trip.
#include <string.h>

#include "acme/url.h"
#include "base/log.h"
#include "role/front/strict.h"

static struct acme_problem malformed(const char *detail)
{
	return (struct acme_problem){.type = ACME_MALFORMED, .detail = detail};
}

// Each check is false with the problem filled in where it refuses. The first ones: before the body is looked at.
static bool is_json_jws(const struct http_request *request, struct acme_problem *problem)
{
	if (!view_equal_nocase(http_request_header(request, "Content-Type"), VIEW_LIT("application/jose+json"))) {
		*problem = malformed("the Content-Type of a request must be application/jose+json");
		problem->status = 415;
		return false;
	}
	if (request->body.len > HTTP_BODY_MAX) {
		*problem = malformed("the request is longer than 64 KiB");
		problem->status = 413;
		return false;
	}
	return true;
}

static struct acme_problem problem_of_fault(enum jws_fault fault)
{
	struct acme_problem problem = malformed(jws_fault_text(fault));
	switch (fault) {
	case JWS_FAULT_ALG:
		problem.type = ACME_BAD_SIGNATURE_ALGORITHM;
		problem.algorithms = ACME_ALGORITHMS;
		break;
	case JWS_FAULT_PUBLIC_KEY:
		problem.type = ACME_BAD_PUBLIC_KEY;
		break;
	case JWS_FAULT_NONE:
	case JWS_FAULT_SIZE:
	case JWS_FAULT_JSON:
	case JWS_FAULT_MEMBERS:
	case JWS_FAULT_BASE64:
	case JWS_FAULT_HEADER:
	case JWS_FAULT_KEY_MEMBER:
	case JWS_FAULT_JWK:
	case JWS_FAULT_CRIT:
	case JWS_FAULT_B64:
		break;
	}
	return problem;
}

static bool parse(struct front_call *call, struct acme_problem *problem)
{
	enum jws_fault fault = JWS_FAULT_NONE;
	int error = jws_parse(call->request->body, &call->arena, &call->jws, &fault);
	if (!error && call->jws.alg == JWS_HS256) { // for the inner JWS of an external account binding alone (RFC 8555 §6.2)
		error = XICA_EPARSE;
		fault = JWS_FAULT_ALG;
	}
	if (error == XICA_EPARSE)
		*problem = problem_of_fault(fault);
	else if (error)
		*problem = FRONT_BROKEN;
	return !error;
}

// RFC 8555 §6.4: "the server MUST then check that the value of the "url" header parameter matches the request URL … the server MUST reject the
// request as unauthorized".
static bool is_for_this_url(const struct front_call *call, struct acme_problem *problem)
{
	struct view base = view_str(call->front->role->config.url), url = call->jws.url;
	if (view_starts(url, base) && view_equal(view_sub(url, base.len, SIZE_MAX), call->request->target))
		return true;
	*problem = (struct acme_problem){.type = ACME_UNAUTHORIZED, .detail = "the \"url\" in the JWS header is not the URL of this request"};
	return false;
}

enum { BY_ACCOUNT = 1, BY_KEY = 2 };

static unsigned signers_of(int endpoint)
{
	switch (endpoint) {
	case ACME_NEW_ACCOUNT: return BY_KEY;
	case ACME_REVOKE_CERT: return BY_ACCOUNT | BY_KEY;
	default: return BY_ACCOUNT;
	}
}

static bool is_signed_by_whom_it_must(struct front_call *call, struct acme_problem *problem)
{
	unsigned signers = signers_of(call->endpoint);
	if (call->jws.has_jwk) {
		*problem = malformed("this request must be signed by an account: with \"kid\" in the JWS header");
		return signers & BY_KEY;
	}
	if (!(signers & BY_ACCOUNT)) {
		*problem = malformed("this request must have the key that signs it as \"jwk\" in the JWS header");
		return false;
	}
	*problem = malformed("the \"kid\" in the JWS header is not the URL of an account here");
	if (acme_url_parse_account(call->jws.kid, call->front->role->config.url, &call->account))
		return false;
	call->request->who = call->account;
	return true;
}

static bool has_good_nonce(const struct front_call *call, struct acme_problem *problem)
{
	if (!call->jws.nonce.len) {
		*problem = (struct acme_problem){.type = ACME_BAD_NONCE, .detail = "the JWS header has no nonce"};
		return false;
	}
	switch (acme_nonce_redeem(&call->front->shared->nonces, call->front->nonce_key, call->jws.nonce)) {
	case 0:
		return true;
	case XICA_EEXIST:
		*problem = (struct acme_problem){.type = ACME_BAD_NONCE, .detail = "the nonce was used before"};
		return false;
	case XICA_EEXPIRED:
		*problem = (struct acme_problem){.type = ACME_BAD_NONCE, .detail = "the nonce is too old"};
		return false;
	case XICA_EPARSE:
	case XICA_ESIG:
	case XICA_ENOTFOUND:
		*problem = (struct acme_problem){.type = ACME_BAD_NONCE, .detail = "the nonce was not issued here"};
		return false;
	default:
		*problem = FRONT_BROKEN;
		return false;
	}
}

static bool is_well_signed(struct front_call *call, struct acme_problem *problem)
{
	if (!call->jws.has_jwk)
		return true; // once we know the account's key
	int error = jws_verify(&call->jws, call->jws.jwk.key);
	memcpy(call->thumbprint, call->jws.jwk.thumbprint, sizeof(call->thumbprint));
	call->state = FRONT_CALL_VERIFIED;
	if (error)
		*problem = front_signature_problem(&call->jws, call->jws.jwk.key, error);
	return !error;
}

// The objects that a URL names. An alternate chain is counted from 1: the default chain has no second URL.
static bool note_objects(struct front_call *call, const struct http_match *match)
{
	call->object = match->segment_count > 0 ? match->segments[0] : VIEW_NONE;
	call->object_part = match->segment_count > 1 ? match->segments[1] : VIEW_NONE;
	if (call->endpoint != ACME_CERTIFICATE)
		return true;
	if (match->segment_count == 1)
		call->object_part = VIEW_LIT("0");
	else
		return call->object_part.ptr[0] >= '1' && call->object_part.ptr[0] <= '9';
	return true;
}

void front_handle_post(struct http_request *request, const struct http_match *match, void *context)
{
	struct front *front = context;
	struct acme_problem problem;
	if (!is_json_jws(request, &problem)) {
		front_refuse(front, request, &problem, 0);
		return;
	}
	struct front_call *call = front_call_new(front, request);
	if (!call) {
		front_refuse(front, request, &FRONT_BUSY, 0);
		return;
	}
	call->endpoint = match->route->tag;
	if (!note_objects(call, match)) {
		problem = malformed("there is no such resource");
		problem.status = 404;
		front_call_refuse(call, &problem);
	} else if (parse(call, &problem) && is_for_this_url(call, &problem) && is_signed_by_whom_it_must(call, &problem) &&
		   (!front->role->config.strict || front_strict_allows(call, &problem)) &&
		   has_good_nonce(call, &problem) && is_well_signed(call, &problem)) {
		front_call_advance(call);
	} else {
		front_call_refuse(call, &problem);
	}
}
