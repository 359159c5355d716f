// libunbound, set up for a CA: validating, without caches that could answer from yesterday. Inside this room only.
#pragma once
#include <event2/event.h>
#include <unbound.h>

#include "base/buf.h"

// The time allowed for one question, retries and TCP included.
enum { DNS_QUERY_TIMEOUT = 10 };

// Ready to answer, all files read and all modules started: nothing is opened later but sockets. XICA_EINVAL: server is no address and
// port, or the trust anchor can't be read; why (appended) says it.
//
// server: "192.0.2.53:53", "[2001:db8::53]:53", or without the port: a resolver, or an authority for all that will be asked. (It is set as
// a forwarder: a stub's queries without RD are answered by an authority, but refused by a resolver; a forwarder's are answered by both.)
// NULL: the resolvers of /etc/resolv.conf. trust_anchor: a file of DS or DNSKEY records; NULL: nothing is validated.
XICA_MUST_CHECK int dns_unbound_new(struct event_base *base, const char *server, const char *trust_anchor, struct ub_ctx **ret_ctx,
				    struct buf *why);
