#include "dns/unbound.h"

#include <arpa/inet.h>
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

// ":53", or nothing for the usual one. 0: not a port.
static unsigned read_port(struct view text)
{
	unsigned port = 0;
	if (!text.len)
		return 53;
	if (text.ptr[0] != ':' || text.len > sizeof(":65535") - 1)
		return 0;
	for (size_t i = 1; i < text.len; i++) {
		if (text.ptr[i] < '0' || text.ptr[i] > '9')
			return 0;
		port = port * 10 + (unsigned)(text.ptr[i] - '0');
	}
	return port <= 65535 ? port : 0;
}

// Cuts "192.0.2.53:53", "[2001:db8::53]:53" and both addresses alone.
static void cut_endpoint(struct view text, struct view *host, struct view *port)
{
	size_t colon = view_index(text, ':', 0), end = view_index(text, ']', 0);
	bool brackets = text.len && text.ptr[0] == '[' && end != SIZE_MAX;
	bool one_colon = colon != SIZE_MAX && view_index(text, ':', colon + 1) == SIZE_MAX;
	size_t from = brackets ? 1 : 0, to = brackets ? end : one_colon ? colon : text.len;
	*host = view_sub(text, from, to - from);
	*port = view_sub(text, brackets ? to + 1 : to, SIZE_MAX);
}

// As libunbound has it: "192.0.2.53@53".
static int add_endpoint(struct view text, struct buf *out)
{
	struct view host, port;
	uint8_t bytes[16];
	cut_endpoint(text, &host, &port);
	buf_add(out, host);
	const char *address = buf_cstr(out);
	if (!address)
		return XICA_ENOMEM;
	if (inet_pton(AF_INET, address, bytes) != 1 && inet_pton(AF_INET6, address, bytes) != 1)
		return XICA_EINVAL;
	unsigned number = read_port(port);
	buf_addf(out, "@%u", number);
	return number ? buf_error(out) : XICA_EINVAL;
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
