// Each section of the configuration: its options, and the function that reads them.
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "config/address.h"
#include "config/builtin.h"
#include "config/reader.h"
#include "config/value.h"

enum { LISTENERS_MAX = 8, FRONTS_MAX = 64, SHARDS_MAX = 1024, ORDER_NAMES_MAX = 1000, REQUESTS_MAX = 1000000 };

static cfg_opt_t log_options[] = {CONFIG_NUMBER("format", log_form), CONFIG_NUMBER("level", log_level), CFG_END()};
static cfg_opt_t tls_options[] = {
	CONFIG_TEXT("certificate", path), CONFIG_TEXT("key", path), CONFIG_TEXTS("own-names", host), CFG_END()};
static cfg_opt_t listen_options[] = {
	CONFIG_TEXTS("https", address), CONFIG_TEXTS("http", address), CONFIG_NUMBER("fronts", count), CFG_END()};
static cfg_opt_t limits_options[] = {CONFIG_NUMBER("requests-per-minute", count), CONFIG_NUMBER("burst", count), CONFIG_TEXT("accounts-per-address", rate),
	CONFIG_TEXT("accounts-per-network", rate), CONFIG_TEXT("orders-per-account", rate), CONFIG_TEXT("orders-per-names", rate),
	CONFIG_TEXT("certificates-per-domain", rate), CONFIG_TEXT("failed-validations", rate), CFG_END()};
static cfg_opt_t metrics_options[] = {CONFIG_TEXT("listen", address), CFG_END()};
static cfg_opt_t users_options[] = {CONFIG_TEXT("front", word), CONFIG_TEXT("registrar", word), CONFIG_TEXT("validator", word),
	CONFIG_TEXT("signer", word), CONFIG_TEXT("mailer", word), CONFIG_TEXT("login", word), CFG_END()};
static cfg_opt_t proof_options[] = {CONFIG_TEXT("dns", address), CONFIG_TEXT("resolve-all", ip), CONFIG_TEXT("trust-anchor", path),
	CONFIG_NUMBER("http01-port", port), CONFIG_NUMBER("https-redirect-port", port), CONFIG_NUMBER("tlsalpn01-port", port),
	CONFIG_NUMBER("xmpp-server-port", port), CONFIG_NUMBER("xmpp-client-port", port), CONFIG_TEXTS("xmpp-services", xmpp_service),
	CONFIG_TEXTS("allowed-networks", network), CONFIG_TEXTS("challenges", challenge),
	CONFIG_NUMBER("subdomains", bool), CFG_END()};
static cfg_opt_t names_options[] = {CONFIG_NUMBER("lenient", bool), CONFIG_TEXTS("component-labels", label), CONFIG_TEXTS("review", pattern),
	CFG_END()};
static cfg_opt_t orders_options[] = {CONFIG_NUMBER("names-max", count), CONFIG_NUMBER("lifetime", duration),
	CONFIG_NUMBER("authorization-pending-lifetime", duration), CONFIG_NUMBER("authorization-lifetime", duration), CFG_END()};
static cfg_opt_t crl_options[] = {CONFIG_NUMBER("shards", count), CONFIG_NUMBER("lifetime", duration), CFG_END()};
static cfg_opt_t ocsp_options[] = {
	CONFIG_NUMBER("enabled", bool), CONFIG_NUMBER("lifetime", duration), CONFIG_NUMBER("fresh-per-second", count), CFG_END()};
static cfg_opt_t development_options[] = {CONFIG_TEXT("crash-at", word), CONFIG_NUMBER("assume-valid", bool), CONFIG_NUMBER("chaos", chaos), CONFIG_NUMBER("chaos-seed", seed),
	CONFIG_NUMBER("chaos-delay-ms", count), CONFIG_NUMBER("strict", bool), CFG_END()};

cfg_opt_t config_options[] = {
	CONFIG_TEXT("url", https_base),
	CONFIG_TEXT("http-url", http_base),
	CONFIG_TEXT("terms-of-service", https_url),
	CONFIG_TEXT("website", https_url),
	CONFIG_TEXTS("caa-identities", host),
	CONFIG_NUMBER("external-account-required", bool),
	CONFIG_NUMBER("trust", trust),
	CONFIG_NUMBER("log-level", log_level),
	CONFIG_TEXT("state-dir", path),
	CONFIG_TEXT("ca-dir", path),
	CONFIG_TEXT("database", path),
	CONFIG_TEXT("audit-log", path),
	CONFIG_TEXT("receipt-key", path),
	CONFIG_TEXT("control-socket", path),
	CFG_SEC("log", log_options, CFGF_NODEFAULT | CFGF_MULTI),
	CFG_SEC("tls", tls_options, CFGF_NODEFAULT | CFGF_MULTI),
	CFG_SEC("listen", listen_options, CFGF_NODEFAULT | CFGF_MULTI),
	CONFIG_TEXT("site-dir", path),
	CFG_SEC("limits", limits_options, CFGF_NODEFAULT | CFGF_MULTI),
	CFG_SEC("metrics", metrics_options, CFGF_NODEFAULT | CFGF_MULTI),
	CFG_SEC("users", users_options, CFGF_NODEFAULT | CFGF_MULTI),
	CFG_SEC("proof", proof_options, CFGF_NODEFAULT | CFGF_MULTI),
	CFG_SEC("names", names_options, CFGF_NODEFAULT | CFGF_MULTI),
	CFG_SEC("orders", orders_options, CFGF_NODEFAULT | CFGF_MULTI),
	CFG_SEC("crl", crl_options, CFGF_NODEFAULT | CFGF_MULTI),
	CFG_SEC("ocsp", ocsp_options, CFGF_NODEFAULT | CFGF_MULTI),
	CFG_SEC("mail", config_mail_options, CFGF_NODEFAULT | CFGF_MULTI),
	CFG_SEC("site", config_site_options, CFGF_NODEFAULT | CFGF_MULTI),
	CFG_SEC("development", development_options, CFGF_NODEFAULT | CFGF_MULTI),
	CFG_SEC("profile", config_profile_options, CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES),
	CONFIG_NUMBER(CONFIG_END, bool),
	CFG_END(),
};

static cfg_t *section(struct config_reader *reader, const char *name)
{
	return config_reader_has(reader->root, name) ? cfg_getsec(reader->root, name) : NULL;
}

static const char *host_of(struct arena *arena, const char *url)
{
	const char *host = strstr(url, "://") + 3;
	return arena_strdup(arena, view_bytes(host, strcspn(host, ":/")));
}

static int read_ca(struct config_reader *reader, struct config *config)
{
	cfg_t *root = reader->root;
	struct arena *arena = reader->arena;
	config->url = config_reader_text(reader, root, "url", NULL);
	if (!config->url)
		return config_reader_refuse(reader, NULL, "url is missing");
	const char *host = host_of(arena, config->url);
	config->http_url = config_reader_text(reader, root, "http-url", arena_printf(arena, "http://%s", host));
	config->terms_of_service = config_reader_text(reader, root, "terms-of-service", arena_printf(arena, "%s/terms", config->url));
	config->website = config_reader_text(reader, root, "website", NULL);
	config->caa_identities = config_reader_texts_or(reader, root, "caa-identities", host, &config->caa_identity_count);
	config->external_account_required = config_reader_number(root, "external-account-required", false);
	config->trust_web = config_reader_number(root, "trust", false);
	return XICA_OK;
}

static int read_log(struct config_reader *reader, struct config *config)
{
	cfg_t *log = section(reader, "log");
	if (config_reader_has(log, "level") && config_reader_has(reader->root, "log-level"))
		return config_reader_refuse(reader, log, "level is given here and as log-level");
	config->log_level = (int)config_reader_number(log, "level", config_reader_number(reader->root, "log-level", LOG_LEVEL_INFO));
	config->log_form = (int)config_reader_number(log, "format", LOG_FORM_LOGFMT);
	return XICA_OK;
}

static const char *place(struct config_reader *reader, const struct config *config, const char *name, const char *below)
{
	return config_reader_text(reader, reader->root, name, arena_printf(reader->arena, "%s/%s", config->state_dir, below));
}

static int read_places(struct config_reader *reader, struct config *config)
{
	config->state_dir = config_reader_text(reader, reader->root, "state-dir", "/var/lib/xica");
	config->ca_dir = place(reader, config, "ca-dir", "ca");
	config->database = place(reader, config, "database", "db/xica.db");
	config->audit_log = place(reader, config, "audit-log", "audit.log");
	config->receipt_key = place(reader, config, "receipt-key", "receipt.key");
	config->site_dir = config_reader_text(reader, reader->root, "site-dir", XICA_DATADIR "/xica/site");
	config->control_socket = place(reader, config, "control-socket", "control.sock");
	return XICA_OK;
}

static int read_tls(struct config_reader *reader, struct config *config)
{
	cfg_t *tls = section(reader, "tls");
	struct arena *arena = reader->arena;
	bool certificate = config_reader_has(tls, "certificate"), key = config_reader_has(tls, "key");
	if (certificate != key)
		return config_reader_refuse(reader, tls, "certificate and key belong together");
	if (certificate && config_reader_has(tls, "own-names"))
		return config_reader_refuse(reader, tls, "own-names are for a site without certificate and key, which gets its own");
	config->own_certificate = !certificate;
	config->tls_certificate = config_reader_text(reader, tls, "certificate", arena_printf(arena, "%s/site/cert.pem", config->state_dir));
	config->tls_key = config_reader_text(reader, tls, "key", arena_printf(arena, "%s/site/key.pem", config->state_dir));
	config->own_names = config_reader_texts_or(reader, tls, "own-names", host_of(arena, config->url), &config->own_name_count);
	return XICA_OK;
}

// Of an address that https and http both listen on, each would get some of the connections.
static const char *listed_twice(const struct config *config)
{
	size_t https_count = config->https_listen_count, count = https_count + config->http_listen_count;
	for (size_t i = 0; i < count; i++) {
		const char *address = i < https_count ? config->https_listen[i] : config->http_listen[i - https_count];
		for (size_t n = 0; n < i; n++)
			if (!strcmp(address, n < https_count ? config->https_listen[n] : config->http_listen[n - https_count]))
				return address;
	}
	return NULL;
}

// One core is left to those behind the fronts: on two, a second front would only share out the same work in smaller pieces.
static unsigned usual_fronts(void)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	return cores <= 2 ? 1 : cores > FRONTS_MAX ? FRONTS_MAX : (unsigned)cores - 1;
}

static int read_listen(struct config_reader *reader, struct config *config)
{
	cfg_t *listen = section(reader, "listen");
	config->https_listen = config_reader_texts_or(reader, listen, "https", "[::]:443", &config->https_listen_count);
	config->http_listen = config_reader_texts_or(reader, listen, "http", "[::]:80", &config->http_listen_count);
	if (config->https_listen_count > LISTENERS_MAX || config->http_listen_count > LISTENERS_MAX)
		return config_reader_refuse(reader, listen, "at most 8 addresses each");
	const char *twice = listed_twice(config);
	if (twice)
		return config_reader_refuse(reader, listen, arena_printf(reader->arena, "%s is listed twice, but can serve https or http once only", twice));
	long fronts = config_reader_number(listen, "fronts", 0);
	if (fronts > FRONTS_MAX)
		return config_reader_refuse(reader, listen, "at most 64 fronts");
	config->fronts = fronts ? (unsigned)fronts : usual_fronts();
	return XICA_OK;
}

// Of a CA whose customers run XMPP servers: some names each, renewed a few times in a certificate's life. A CA to play with has none.
static int read_rates(struct config_reader *reader, cfg_t *limits, struct config *config)
{
	static const char *const DEFAULTS[STORE_LIMIT_KIND_END] = {
		[STORE_LIMIT_ACCOUNTS_PER_ADDRESS] = "10 per 3h",
		[STORE_LIMIT_ACCOUNTS_PER_NETWORK] = "100 per 3h",
		[STORE_LIMIT_ORDERS_PER_ACCOUNT] = "300 per 3h",
		[STORE_LIMIT_ORDERS_PER_NAMES] = "5 per 7d",
		[STORE_LIMIT_CERTIFICATES_PER_DOMAIN] = "50 per 7d",
		[STORE_LIMIT_FAILED_VALIDATIONS] = "5 per 1h",
	};
	bool development = config_reader_has(reader->root, "development");
	for (int kind = 1; kind < STORE_LIMIT_KIND_END; kind++) {
		const char *text = config_reader_text(reader, limits, store_limit_kind_text((enum store_limit_kind)kind), development ? "none" : DEFAULTS[kind]);
		int error = text ? rate_parse(view_str(text), &config->rates[kind]) : XICA_ENOMEM;
		if (error)
			return error;
	}
	return XICA_OK;
}

static int read_limits(struct config_reader *reader, struct config *config)
{
	cfg_t *limits = section(reader, "limits");
	long rate = config_reader_number(limits, "requests-per-minute", config_reader_has(reader->root, "development") ? 0 : 600);
	long burst = config_reader_number(limits, "burst", 200);
	if (rate > REQUESTS_MAX || burst < 1 || burst > REQUESTS_MAX)
		return config_reader_refuse(reader, limits, "requests-per-minute is at most 1000000, burst from 1 to 1000000");
	config->requests_per_minute = (unsigned)rate;
	config->requests_burst = (unsigned)burst;
	return read_rates(reader, limits, config);
}

static int read_metrics(struct config_reader *reader, struct config *config)
{
	cfg_t *metrics = section(reader, "metrics");
	config->metrics_listen = config_reader_text(reader, metrics, "listen", NULL);
	for (size_t i = 0; config->metrics_listen && i < config->https_listen_count + config->http_listen_count; i++) {
		const char *other = i < config->https_listen_count ? config->https_listen[i] : config->http_listen[i - config->https_listen_count];
		if (!strcmp(other, config->metrics_listen))
			return config_reader_refuse(reader, metrics, "listen must be an address of its own");
	}
	return XICA_OK;
}

static int read_users(struct config_reader *reader, struct config *config)
{
	cfg_t *users = section(reader, "users");
	config->user_front = config_reader_text(reader, users, "front", NULL);
	config->user_registrar = config_reader_text(reader, users, "registrar", NULL);
	config->user_validator = config_reader_text(reader, users, "validator", NULL);
	config->user_signer = config_reader_text(reader, users, "signer", NULL);
	config->user_mailer = config_reader_text(reader, users, "mailer", NULL);
	config->user_login = config_reader_text(reader, users, "login", NULL);
	return XICA_OK;
}

static int read_networks(struct config_reader *reader, cfg_t *proof, struct config *config)
{
	size_t count;
	const char **list = config_reader_texts(reader, proof, "allowed-networks", &count);
	config->allowed_networks = arena_array(reader->arena, count + 1, sizeof(*config->allowed_networks));
	if (!list || !config->allowed_networks)
		return XICA_ENOMEM;
	for (size_t i = 0; i < count; i++) {
		int error = list[i] ? config_network_parse(list[i], &config->allowed_networks[i]) : XICA_ENOMEM;
		if (error)
			return error;
	}
	config->allowed_network_count = count;
	return XICA_OK;
}

static int read_xmpp_services(struct config_reader *reader, cfg_t *proof, struct config *config)
{
	static const char *DEFAULT[] = {"_xmpps-server", "_xmpp-server", "_xmpp-client"};
	config->xmpp_services = config_reader_texts(reader, proof, "xmpp-services", &config->xmpp_service_count);
	if (!config->xmpp_services)
		return XICA_ENOMEM;
	if (config_reader_has(proof, "xmpp-services"))
		return config->xmpp_service_count ? XICA_OK : config_reader_refuse(reader, proof, "xmpp-services must name at least one");
	config->xmpp_services = DEFAULT;
	config->xmpp_service_count = sizeof(DEFAULT) / sizeof(DEFAULT[0]);
	return XICA_OK;
}

// What isn't settled yet is offered only where it is named.
static int read_challenges(struct config_reader *reader, cfg_t *proof, struct config *config)
{
	static const char *const DEFAULT[] = {"http-01", "dns-01", "tls-alpn-01", "xmpp-01", "xmpp-tls-01", "email-01"};
	size_t count = sizeof(DEFAULT) / sizeof(DEFAULT[0]);
	const char *const *names = DEFAULT;
	if (config_reader_has(proof, "challenges"))
		names = config_reader_texts(reader, proof, "challenges", &count);
	if (!names)
		return XICA_ENOMEM;
	for (size_t i = 0; i < count; i++) {
		enum receipt_method method;
		if (!receipt_method_parse(view_str(names[i]), &method))
			config->challenges |= UINT32_C(1) << method;
	}
	config->account_hash_prefix = arena_printf(reader->arena, "%s/acme/account-hash/", config->url);
	return config->account_hash_prefix ? XICA_OK : XICA_ENOMEM;
}

static int read_proof(struct config_reader *reader, struct config *config)
{
	cfg_t *proof = section(reader, "proof");
	config->dns = config_reader_text(reader, proof, "dns", NULL);
	config->resolve_all = config_reader_text(reader, proof, "resolve-all", NULL);
	if (config->dns && config->resolve_all)
		return config_reader_refuse(reader, proof, "dns and resolve-all exclude one another");
	config->trust_anchor = config_reader_text(reader, proof, "trust-anchor", NULL);
	config->subdomains = config_reader_number(proof, "subdomains", true);
	config->http01_port = (unsigned)config_reader_number(proof, "http01-port", 80);
	config->https_port_redirect = (unsigned)config_reader_number(proof, "https-redirect-port", 443);
	config->tlsalpn01_port = (unsigned)config_reader_number(proof, "tlsalpn01-port", 443);
	config->xmpp_server_port = (unsigned)config_reader_number(proof, "xmpp-server-port", 5269);
	config->xmpp_client_port = (unsigned)config_reader_number(proof, "xmpp-client-port", 5222);
	int error = read_challenges(reader, proof, config);
	if (!error)
		error = read_xmpp_services(reader, proof, config);
	return error ? error : read_networks(reader, proof, config);
}

static int read_names(struct config_reader *reader, struct config *config)
{
	cfg_t *names = section(reader, "names");
	size_t count = 0;
	const char **list = config_reader_texts(reader, names, "component-labels", &count);
	const char *const *labels = list;
	if (!config_reader_has(names, "component-labels")) {
		labels = config_builtin_components;
		for (count = 0; labels[count];)
			count++;
	}
	config->lenient_names = config_reader_number(names, "lenient", false);
	config->review_names = config_reader_texts(reader, names, "review", &config->review_name_count);
	config->component_labels = arena_array(reader->arena, count + 1, sizeof(*config->component_labels));
	if (!list || !config->component_labels || !config->review_names)
		return XICA_ENOMEM;
	for (size_t i = 0; i < count; i++)
		config->component_labels[i] = view_str(labels[i]);
	config->component_label_count = count;
	return XICA_OK;
}

static bool is_within(xica_time value, xica_time min, xica_time max)
{
	return value >= min && value <= max;
}

static int read_orders(struct config_reader *reader, struct config *config)
{
	cfg_t *orders = section(reader, "orders");
	config->order_names_max = (unsigned)config_reader_number(orders, "names-max", 100);
	config->order_lifetime = config_reader_number(orders, "lifetime", 7 * XICA_DAY);
	config->authorization_pending_lifetime = config_reader_number(orders, "authorization-pending-lifetime", 7 * XICA_DAY);
	config->authorization_lifetime = config_reader_number(orders, "authorization-lifetime", 7 * XICA_DAY);
	if (!is_within(config->order_names_max, 1, ORDER_NAMES_MAX))
		return config_reader_refuse(reader, orders, "names-max must be from 1 to 1000");
	if (!is_within(config->order_lifetime, XICA_MINUTE, 90 * XICA_DAY) ||
	    !is_within(config->authorization_pending_lifetime, XICA_MINUTE, 90 * XICA_DAY))
		return config_reader_refuse(reader, orders, "lifetimes must be from one minute to 90 days");
	if (!is_within(config->authorization_lifetime, XICA_MINUTE, 398 * XICA_DAY))
		return config_reader_refuse(reader, orders, "authorization-lifetime must be from one minute to 398 days");
	return XICA_OK;
}

static int read_crl(struct config_reader *reader, struct config *config)
{
	cfg_t *crl = section(reader, "crl");
	config->crl_shards = (unsigned)config_reader_number(crl, "shards", 1);
	config->crl_lifetime = config_reader_number(crl, "lifetime", 7 * XICA_DAY);
	if (!is_within(config->crl_shards, 1, SHARDS_MAX))
		return config_reader_refuse(reader, crl, "shards must be from 1 to 1024");
	if (!is_within(config->crl_lifetime, XICA_HOUR, 31 * XICA_DAY))
		return config_reader_refuse(reader, crl, "lifetime must be from one hour to 31 days");
	return XICA_OK;
}

// The signer's responders live for 14 days and are renewed after 7 (role/signer/ocsp.h): a response must not outlive its responder.
static int read_ocsp(struct config_reader *reader, struct config *config)
{
	cfg_t *ocsp = section(reader, "ocsp");
	config->ocsp = config_reader_number(ocsp, "enabled", 1);
	config->ocsp_lifetime = config_reader_number(ocsp, "lifetime", XICA_DAY);
	config->ocsp_fresh_per_second = (unsigned)config_reader_number(ocsp, "fresh-per-second", config_reader_has(reader->root, "development") ? 0 : 500);
	if (!is_within(config->ocsp_lifetime, XICA_HOUR, 7 * XICA_DAY))
		return config_reader_refuse(reader, ocsp, "lifetime must be from one hour to 7 days");
	if (config->ocsp_fresh_per_second > REQUESTS_MAX)
		return config_reader_refuse(reader, ocsp, "fresh-per-second must be at most 1000000");
	return XICA_OK;
}

static int read_development(struct config_reader *reader, struct config *config)
{
	config->dev = config_reader_has(reader->root, "development");
	cfg_t *development = section(reader, "development");
	config->crash_at = config_reader_text(reader, development, "crash-at", NULL);
	config->chaos_kinds = (unsigned)config_reader_number(development, "chaos", 0);
	config->chaos_seed = (uint64_t)config_reader_number(development, "chaos-seed", 0);
	config->chaos_delay_ms = (unsigned)config_reader_number(development, "chaos-delay-ms", CONFIG_CHAOS_DELAY_MS);
	config->strict = config_reader_number(development, "strict", false);
	if (config->chaos_delay_ms > CONFIG_CHAOS_DELAY_MOST_MS)
		return config_reader_refuse(reader, development, "chaos-delay-ms must be at most 10000");
	config->assume_valid = config->dev && config_reader_number(development, "assume-valid", false);
	return XICA_OK;
}

static int refuse_twins(struct config_reader *reader)
{
	for (cfg_opt_t *option = reader->root->opts; option->name; option++)
		if (option->type == CFGT_SEC && !(option->flags & CFGF_TITLE) && cfg_opt_size(option) > 1)
			return config_reader_refuse(reader, cfg_opt_getnsec(option, 1), "is given twice");
	return XICA_OK;
}

int config_sections_read(struct config_reader *reader, struct config *config)
{
	int error = refuse_twins(reader);
	if (error)
		return error;
	int (*const readers[])(struct config_reader *, struct config *) = {read_ca, read_log, read_places, read_tls, read_listen, read_limits, read_metrics, read_users, read_proof,
		read_names, read_orders, read_crl, read_ocsp, read_development, config_mail_read, config_site_read};
	for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++) {
		error = readers[i](reader, config);
		if (error)
			return error;
	}
	return XICA_OK;
}
