// What is known of each request from outside of it: its name in the logs, and once it is answered how it went.
#include "base/hex.h"
#include "base/log.h"
#include "role/front/front.h"

#include <string.h>

const char *front_endpoint_text(int endpoint)
{
	switch (endpoint) {
	case ACME_NEW_ACCOUNT: return "new-account";
	case ACME_ACCOUNT: return "account";
	case ACME_KEY_CHANGE: return "key-change";
	case ACME_ORDERS: return "orders";
	case ACME_NEW_ORDER: return "new-order";
	case ACME_ORDER: return "order";
	case ACME_FINALIZE: return "finalize";
	case ACME_NEW_AUTHZ: return "new-authz";
	case ACME_AUTHZ: return "authz";
	case ACME_CHALLENGE: return "challenge";
	case ACME_CERTIFICATE: return "certificate";
	case ACME_REVOKE_CERT: return "revoke-cert";
	case ACME_RENEWAL_INFO: return "renewal-info";
	case FRONT_DIRECTORY: return "directory";
	case FRONT_NEW_NONCE: return "new-nonce";
	case FRONT_SITE: return "site";
	case FRONT_PAGE: return "page";
	case FRONT_OCSP: return "ocsp";
	case FRONT_DOCUMENT: return "document";
	default: return "none";
	}
}

// One name in all logs: the registrar, the validator and the signer say it too, of what they do for this request. The client is told it.
void front_name_request(struct http_request *request)
{
	static uint8_t names[64][HTTP_REQUEST_ID_LEN / 2]; // asked for together: the kernel need not be called for each
	static size_t left;
	cleanup_buf text = BUF_INIT;
	if (!left && crypto_random(names, sizeof(names)))
		return; // a request without a name is a request too
	left = (left ? left : sizeof(names) / sizeof(names[0])) - 1;
	hex_encode(&text, view_bytes(names[left], sizeof(names[left])));
	if (!buf_error(&text))
		memcpy(request->id, text.ptr, HTTP_REQUEST_ID_LEN);
}

void front_add_request_id(const struct http_request *request, struct http_reply *reply)
{
	if (request->id[0])
		http_reply_add_str(reply, "X-Request-Id", request->id);
}

// Those that the registrar has heard of: what anybody reads without a signature would only fill the disk.
static bool is_worth_a_line(int endpoint)
{
	return (endpoint >= ACME_NEW_ACCOUNT && endpoint <= ACME_REVOKE_CERT) || endpoint == FRONT_SITE;
}

void front_answered(const struct http_request *request, unsigned status, void *context)
{
	struct front *front = context;
	int64_t took_us = clock_monotonic_us() - request->since_us;
	unsigned endpoint = metrics_endpoint(request->tag);
	metrics_add(&front->counts->requests[endpoint][metrics_code(status)], 1);
	metrics_set(&front->counts->connections, (int64_t)((front->https ? http_server_connections(front->https) : 0) +
							 (front->http ? http_server_connections(front->http) : 0)));
	metrics_observe(&front->counts->durations[endpoint], took_us);
	if (is_worth_a_line(request->tag))
		log_info("request=%s answered endpoint=%s account=%lld remote=%s status=%u ms=%lld.%01lld", request->id, front_endpoint_text(request->tag),
			 (long long)request->who, request->remote, status, (long long)took_us / 1000, (long long)took_us % 1000 / 100);
}
