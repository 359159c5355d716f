#include "chaos/kind.h"
#include "config/config.h"

enum { HTTPS_PORT = 14000, HTTP_PORT = 14080, HTTP01_PORT = 5002, TLSALPN01_PORT = 5001, XMPP_PORT = 5269 };

static unsigned or_default(unsigned port, unsigned otherwise)
{
	return port ? port : otherwise;
}

// NAME = "VALUE", as libconfuse reads it back: quotes and backslashes escaped, and $ too, which it would expand.
static void add_text(struct buf *out, const char *name, const char *value)
{
	if (!value)
		return;
	buf_addf(out, "%s = \"", name);
	for (const char *c = value; *c; c++) {
		if (*c == '"' || *c == '\\' || *c == '$')
			buf_add_byte(out, '\\');
		buf_add_byte(out, (uint8_t)*c);
	}
	buf_add_str(out, "\"\n");
}

// A CA to play with may offer more than one that is run in earnest would by itself.
static void add_challenges(struct buf *out, const char *more)
{
	if (!more)
		return;
	buf_add_str(out, "challenges = {\"http-01\", \"dns-01\", \"tls-alpn-01\", \"xmpp-01\", \"xmpp-tls-01\", \"email-01\"");
	for (struct view rest = view_str(more); rest.len;) {
		size_t comma = view_index(rest, ',', 0);
		buf_addf(out, ", \"%.*s\"", VIEW_FMT(view_sub(rest, 0, comma)));
		rest = comma == SIZE_MAX ? VIEW_NONE : view_sub(rest, comma + 1, SIZE_MAX);
	}
	buf_add_str(out, "}\n");
}

static void add_proof(struct buf *out, const struct config_dev_options *options)
{
	buf_add_str(out, "proof {\n");
	add_text(out, "dns", options->dns);
	add_text(out, "resolve-all", options->resolve_all);
	add_text(out, "trust-anchor", options->trust_anchor);
	buf_addf(out, "http01-port = %u\ntlsalpn01-port = %u\nxmpp-server-port = %u\n", or_default(options->http01_port, HTTP01_PORT),
		 or_default(options->tlsalpn01_port, TLSALPN01_PORT), or_default(options->xmpp_port, XMPP_PORT));
	add_challenges(out, options->challenges);
	buf_add_str(out, "allowed-networks = {\"127.0.0.0/8\", \"::1\"}\n}\n");
}

// A relay to play with is somebody's test server: by smtp it need not speak TLS.
static void add_mail(struct buf *out, const char *relay)
{
	if (!relay)
		return;
	buf_add_str(out, "mail {\n");
	add_text(out, "relay", relay);
	if (view_starts(view_str(relay), VIEW_LIT("smtp:")))
		buf_add_str(out, "tls = none\n");
	buf_add_str(out, "}\n");
}

static void add_chaos(struct buf *out, const struct config_dev_options *options)
{
	cleanup_buf kinds = BUF_INIT;
	if (!options->chaos_kinds)
		return;
	chaos_kinds_write(options->chaos_kinds, &kinds);
	buf_addf(out, "chaos = \"%s\"\nchaos-seed = %llu\nchaos-delay-ms = %u\n", buf_cstr(&kinds), (unsigned long long)options->chaos_seed,
		 options->chaos_delay_ms);
}

int config_dev(const struct config_dev_options *options, struct buf *text_out)
{
	unsigned https_port = or_default(options->https_port, HTTPS_PORT), http_port = or_default(options->http_port, HTTP_PORT);
	buf_addf(text_out, "url = \"https://localhost:%u\"\nhttp-url = \"http://localhost:%u\"\n", https_port, http_port);
	add_text(text_out, "state-dir", options->dir);
	buf_addf(text_out, "external-account-required = %s\n", options->external_account_required || options->chaos_kinds & CHAOS_EAB ? "true" : "false");
	buf_addf(text_out, "log-level = %s\n", options->verbose ? "debug" : "info");
	buf_addf(text_out, "listen {\nhttps = {\"127.0.0.1:%u\", \"[::1]:%u\"}\nhttp = {\"127.0.0.1:%u\", \"[::1]:%u\"}\n", https_port,
		 https_port, http_port, http_port);
	// a crash of one front is looked for where every request meets it
	if (options->crash_at && view_starts(view_str(options->crash_at), VIEW_LIT("front:")))
		buf_add_str(text_out, "fronts = 1\n");
	buf_add_str(text_out, "}\n");
	if (options->metrics_port)
		buf_addf(text_out, "metrics {\nlisten = \"127.0.0.1:%u\"\n}\n", options->metrics_port);
	add_proof(text_out, options);
	add_mail(text_out, options->mail_relay);
	buf_add_str(text_out, "names {\nlenient = true\n");
	add_text(text_out, "review", options->review);
	buf_add_str(text_out, "}\ndevelopment {\n");
	add_text(text_out, "crash-at", options->crash_at);
	buf_addf(text_out, "assume-valid = %s\n", options->assume_valid ? "true" : "false");
	add_chaos(text_out, options);
	buf_addf(text_out, "strict = %s\n", options->strict ? "true" : "false");
	buf_add_str(text_out, "}\n");
	return buf_error(text_out);
}
