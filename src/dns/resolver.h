// The CA's own look at the DNS: asynchronous questions on a libevent base, validated by DNSSEC, answered fresh.
//
// An answer is records, or the proof or word of the zone that there are none, or a failure. A failure (SERVFAIL, a bogus signature, no
// answer in time, truncation that TCP didn't cure) is never taken for "no record".
#pragma once
#include <event2/event.h>

#include "base/buf.h"
#include "dns/packet.h"

struct dns_resolver;
struct dns_query;

struct dns_options {
	const char *server;       // "127.0.0.1:5353": resolver or authority for everything; NULL: the system's resolvers
	const char *resolve_all;  // every name has this address and no other record; nothing is asked. NULL: real DNS
	const char *trust_anchor; // file of DS or DNSKEY records; NULL: DNSSEC isn't checked
};

// The root zone's trust anchor as Debian installs it (dns-root-data).
#define DNS_ROOT_ANCHOR "/usr/share/dns/root.key"

enum dns_outcome {
	DNS_FOUND,   // at least one record
	DNS_NO_DATA, // the name is there, records of this type are not
	DNS_NO_NAME, // NXDOMAIN
	DNS_BOGUS,   // DNSSEC says that somebody lies
	DNS_FAILED,  // no usable answer
};

struct dns_answer {
	enum dns_outcome outcome;
	bool secure;               // signed down from the trust anchor
	const char *owner;         // where the records stand, CNAMEs followed; lower case, no final dot
	const struct view *records; // RDATA
	size_t count;
	const char *why;           // a clause for the applicant: "SERVFAIL", "bogus: …", "timed out", "no such domain", "no such record"
};

// Called once from the loop, never from within dns_query_start. The answer and all in it are gone when it returns, and so is the query.
typedef void dns_done(const struct dns_answer *answer, void *context);

// Reads all that it will ever read from files. why (appended): what an operator must know when it fails.
XICA_MUST_CHECK int dns_resolver_new(struct event_base *base, const struct dns_options *options, struct dns_resolver **ret_resolver,
				     struct buf *why);
void dns_resolver_free(struct dns_resolver *resolver); // no query may be under way any more
// XICA_EINVAL: name can't be asked for (dns/name.h). A query lasts 10 seconds at most.
XICA_MUST_CHECK int dns_query_start(struct dns_resolver *resolver, struct view name, enum dns_type type, dns_done *done, void *context,
				    struct dns_query **ret_query);
void dns_query_cancel(struct dns_query *query); // done is not called; NULL is fine
