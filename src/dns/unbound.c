#include "dns/unbound.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <unbound-event.h>
#include <unistd.h>

static const struct {
	const char *name, *value;
} OPTIONS[] = {
	{"do-not-query-localhost:", "no"}, // a resolver beside us is the usual case
	// What an applicant publishes counts at once, and what he takes away too. So nothing outlives its question.
	{"cache-max-ttl:", "0"},
	{"cache-max-negative-ttl:", "0"},
	{"serve-expired:", "no"},
	{"prefetch:", "no"},
	{"aggressive-nsec:", "no"},
	{"harden-below-nxdomain:", "no"},
	{"harden-dnssec-stripped:", "yes"},
	{"trust-anchor-signaling:", "no"},
	{"root-key-sentinel:", "no"},
	// Several hundred validations at once; one socket with an own random port for each question.
	{"outgoing-range:", "512"},
	{"num-queries-per-thread:", "1024"},
	{"outgoing-num-tcp:", "64"},
	// A resolver that was away is asked again soon.
	{"infra-host-ttl:", "30"},
	{"infra-keep-probing:", "yes"},
};

// Zones that libunbound answers by itself and that belong to whoever runs the name server.
static const char *const OWN_ZONES[] = {"test.", "invalid.", "onion.", "home.arpa.", "localhost."};

// "192.0.2.53:53" as libunbound has it: "192.0.2.53@53".
static int add_endpoint(struct view text, struct buf *out)
{
	struct view host = text, port = VIEW_NONE;
	size_t colon = view_index(text, ':', 0);
	if (text.len && text.ptr[0] == '[') {
		size_t end = view_index(text, ']', 0);
		if (end == SIZE_MAX)
			return XICA_EINVAL;
		host = view_sub(text, 1, end - 1);
		port = view_sub(text, end + 1, SIZE_MAX);
	} else if (colon != SIZE_MAX && view_index(text, ':', colon + 1) == SIZE_MAX) {
		host = view_sub(text, 0, colon);
		port = view_sub(text, colon, SIZE_MAX);
	}
	cleanup_buf copy = BUF_INIT;
	buf_add(&copy, host);
	const char *address = buf_cstr(&copy);
	uint8_t bytes[16];
	if (!address || strlen(address) != host.len || (inet_pton(AF_INET, address, bytes) != 1 && inet_pton(AF_INET6, address, bytes) != 1))
		return XICA_EINVAL;
	unsigned number = port.len ? 0 : 53;
	for (size_t i = 0; i < port.len; i++) {
		bool digit = port.ptr[i] >= '0' && port.ptr[i] <= '9';
		if (i == 0 ? port.ptr[i] != ':' : !digit || number > 6553)
			return XICA_EINVAL;
		number = i ? number * 10 + (unsigned)(port.ptr[i] - '0') : 0;
	}
	if (!number || number > 65535)
		return XICA_EINVAL;
	buf_addf(out, "%s@%u", address, number);
	return buf_error(out);
}

static int set_server(struct ub_ctx *ctx, const char *server, struct buf *why)
{
	if (!server) {
		int code = ub_ctx_resolvconf(ctx, NULL);
		if (code)
			buf_addf(why, "/etc/resolv.conf can't be read: %s", ub_strerror(code));
		return code ? XICA_EIO : XICA_OK;
	}
	cleanup_buf endpoint = BUF_INIT;
	if (add_endpoint(view_str(server), &endpoint) || ub_ctx_set_fwd(ctx, buf_cstr(&endpoint))) {
		buf_addf(why, "the name server \"%s\" is no address with a port", server);
		return XICA_EINVAL;
	}
	return XICA_OK;
}

static int set_trust_anchor(struct ub_ctx *ctx, const char *file, struct buf *why)
{
	if (!file)
		return XICA_OK;
	if (access(file, R_OK) != 0 || ub_ctx_add_ta_file(ctx, file)) {
		buf_addf(why, "the trust anchor %s can't be read", file);
		return XICA_EINVAL;
	}
	return XICA_OK;
}

static void ignore_answer(void *context, int rcode, void *packet, int len, int security, char *why_bogus, int limited)
{
	(void)context, (void)rcode, (void)packet, (void)len, (void)security, (void)why_bogus, (void)limited;
}

// Removing a zone starts the modules, and these read the trust anchor; asking what is known here opens what is opened once.
static int warm_up(struct ub_ctx *ctx, struct buf *why)
{
	int code = 0;
	for (size_t i = 0; !code && i < sizeof(OWN_ZONES) / sizeof(OWN_ZONES[0]); i++) {
		if (i + 1 == sizeof(OWN_ZONES) / sizeof(OWN_ZONES[0]))
			code = ub_resolve_event(ctx, "localhost", 1, 1, NULL, ignore_answer, NULL);
		if (!code)
			code = ub_ctx_zone_remove(ctx, OWN_ZONES[i]);
	}
	if (code)
		buf_addf(why, "the resolver doesn't start: %s (is the trust anchor one?)", ub_strerror(code));
	return code ? XICA_EINVAL : XICA_OK;
}

int dns_unbound_new(struct event_base *base, const char *server, const char *trust_anchor, struct ub_ctx **ret_ctx, struct buf *why)
{
	struct ub_ctx *ctx = ub_ctx_create_event(base);
	if (!ctx)
		return XICA_ENOMEM;
	(void)ub_ctx_debugout(ctx, NULL); // its lines carry names from outside; what matters comes back with each answer
	int error = XICA_OK;
	for (size_t i = 0; !error && i < sizeof(OPTIONS) / sizeof(OPTIONS[0]); i++) {
		if (ub_ctx_set_option(ctx, OPTIONS[i].name, OPTIONS[i].value)) {
			buf_addf(why, "libunbound doesn't know the option %s", OPTIONS[i].name);
			error = XICA_EUNSUPPORTED;
		}
	}
	if (!error)
		error = set_server(ctx, server, why);
	if (!error)
		error = set_trust_anchor(ctx, trust_anchor, why);
	if (!error)
		error = warm_up(ctx, why);
	if (error) {
		ub_ctx_delete(ctx);
		return error;
	}
	*ret_ctx = ctx;
	return XICA_OK;
}
