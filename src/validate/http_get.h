// One GET of one URL from one address: bounded in time and size, without proxies, cookies, credentials, redirects or a resolver.
#pragma once
#include "validate/challenge.h"
#include "validate/url.h"

struct http_answer {
	bool connected;        // else nobody was there, and another address may be tried
	long status;           // 0: no answer
	struct view location;  // where there is exactly one; else empty
	struct view body;
	bool too_long;         // more headers or body than the bounds: what came is not whole
	enum acme_problem_type problem; // where status is 0: connection, tls
	const char *why;       // and a clause that follows the URL: "can't be reached at 192.0.2.7 port 80: connection refused"
};

// As dns_done: once, from the loop; answer and get are gone when it returns.
typedef void http_get_done(const struct http_answer *answer, void *context);

struct http_get;
// port: what is dialled, whatever the URL says. url and address must outlive the get.
XICA_MUST_CHECK int http_get_start(const struct challenge_tools *tools, const struct url *url, const struct address *address, unsigned port,
				   http_get_done *done, void *context, struct http_get **ret_get);
void http_get_cancel(struct http_get *get); // NULL is fine
