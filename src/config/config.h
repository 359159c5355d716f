// The configuration file xicad.conf(5), read by libconfuse. What isn't known there is an error with file and line.
// `xicad --dev DIR` has no file: config_dev makes the text of one, and the same reader reads it. The parent hands the text to each role, which reads it
// again before it locks itself in: so it holds no secrets.
#pragma once
#include "base/buf.h"
#include "pki/profile.h"
#include "store/limit.h"
#include "validate/receipt.h"

enum { CONFIG_CHAOS_DELAY_MS = 2000, CONFIG_CHAOS_DELAY_MOST_MS = 10000 };

#define CONFIG_RESTORE_MARK "restore-under-way" // a file: no xicad starts where it is (backup/restore.h)

struct config_network { // an address block in CIDR form, either family
	uint8_t address[16]; // IPv4 as mapped
	unsigned prefix;     // bits, of 128
};

struct config {
	// this CA
	const char *url;            // "https://localhost:14000": what clients see, without a trailing slash
	const char *http_url;       // "http://localhost:14080"
	const char *terms_of_service; // https URL or NULL
	const char *website;
	const char **caa_identities; // domain names that stand for this CA in CAA records
	size_t caa_identity_count;
	bool external_account_required;
	bool trust_web;             // trust = web: the root is trusted by browsers; false: xmpp-only
	// where things are
	const char *state_dir;      // absolute; CONFIG_RESTORE_MARK stands in it while xica restore changes things, or after it was interrupted
	const char *ca_dir;         // roots and issuers, as `xica ca` lays them out; default STATE/ca
	const char *database;       // default STATE/db/xica.db: a folder of its own, since the registrar may change files in it
	const char *audit_log;      // default STATE/audit.log
	const char *receipt_key;    // default STATE/receipt.key
	const char *control_socket; // default STATE/control.sock
	const char *tls_certificate, *tls_key; // PEM; own_certificate: written by xicad itself
	bool own_certificate;       // the site's TLS certificate is issued by this CA itself
	const char **own_names;     // for it; the host of url by default
	size_t own_name_count;
	// listening
	const char **https_listen;  // "[::]:443", "127.0.0.1:14000"
	size_t https_listen_count;
	const char **http_listen;
	size_t http_listen_count;
	unsigned requests_per_minute; // of one client address, in the long run; 0: no limit
	unsigned requests_burst;    // and at once
	struct rate rates[STORE_LIMIT_KIND_END]; // by enum store_limit_kind
	const char *metrics_listen; // address of /metrics, /healthz, /readyz; NULL: none
	const char *site_dir;       // pages; a CA to play with takes those beside its program where there are any
	unsigned fronts;            // processes; 0 in the file: one for each core but one
	const char *user_front, *user_registrar, *user_validator, *user_signer, *user_mailer, *user_login; // system users when started as root; NULL: stay
	// letters
	bool mail;                  // the CA can send them: to a relay, or into a folder
	const char *mail_relay;     // "smtp://mail.example.org:587"; NULL: none
	const char *mail_relay_host; // of it: a name, or an address without brackets
	unsigned mail_relay_port;
	bool mail_relay_tls;        // TLS from the first byte (smtps); else by STARTTLS
	const char *mail_folder;    // a CA to play with that has no relay: each letter becomes a file here. NULL: none
	const char *mail_user, *mail_password_file; // NULL: the relay wants neither
	const char *mail_from;      // "xica <ca@example.org>"
	bool mail_tls;              // no letter goes without TLS
	const char *mail_trust;     // PEM of those who may vouch for the relay; NULL: the system's
	bool mail_code_challenge;   // email-01 is offered
	// the web site
	bool sign_up;               // whoever wants to may
	const char **review_names;  // patterns with '*': an order for such a name waits for an operator
	size_t review_name_count;
	// proof
	bool subdomains;            // control of a domain may stand for the names below it (RFC 9444)
	uint32_t challenges;        // which ways to prove are offered: 1 << enum receipt_method
	const char *account_hash_prefix; // of dns-persist-01: below url
	const char *dns;            // HOST:PORT of a resolver or authority; NULL: the system's
	const char *resolve_all;    // every name has this address and no other record; NULL: real DNS
	const char *trust_anchor;   // file; NULL: the root zone's where the system has it
	unsigned http01_port, https_port_redirect, tlsalpn01_port; // 80, 443, 443
	unsigned xmpp_server_port, xmpp_client_port; // 5269, 5222: of domains without SRV records
	const char **xmpp_services; // kinds of SRV record for xmpp-01, in the order in which they are tried
	size_t xmpp_service_count;
	struct config_network *allowed_networks; // non-public addresses that may be dialled all the same
	size_t allowed_network_count;
	// names and lifetimes, in seconds
	bool lenient_names;         // single labels and reserved names: a CA to play with
	struct view *component_labels;
	size_t component_label_count;
	unsigned order_names_max;   // identifiers in one order
	xica_time order_lifetime;   // pending and ready orders
	xica_time authorization_pending_lifetime;
	xica_time authorization_lifetime; // valid ones, for reuse
	// certificates
	struct pki_profile *profiles; // the first is the default
	size_t profile_count;
	unsigned crl_shards;
	xica_time crl_lifetime;     // nextUpdate - thisUpdate
	bool ocsp;                  // status is answered by OCSP, and certificates say where
	xica_time ocsp_lifetime;    // nextUpdate - thisUpdate
	unsigned ocsp_fresh_per_second; // of all fronts together: responses that must be signed for a request; 0: no limit
	// this process
	bool dev;
	bool assume_valid;          // dev: the validator looks at nothing and believes all; the signer takes its word
	const char *crash_at;       // dev: "signer:after-sign"; tests of recovery
	unsigned chaos_kinds;       // dev: enum chaos_kind; 0: none
	uint64_t chaos_seed;
	unsigned chaos_delay_ms;    // the longest delay on purpose
	bool strict;                // dev: what clients do against the letter of the RFCs is refused (role/front/strict.h)
	int log_level;              // enum log_level
	int log_form;               // enum log_form
	struct config_memory *memory; // owner of all of the above
};

// Reads text as file name `name` (for messages). XICA_EPARSE: *ret_why is "FILE:LINE: what is wrong", appended.
XICA_MUST_CHECK int config_parse(struct view text, const char *name, struct config *ret_config, struct buf *why);
void config_free(struct config *config);

struct config_dev_options { // of --dev; zero or NULL: the default
	const char *dir;         // absolute
	unsigned https_port, http_port, metrics_port, http01_port, tlsalpn01_port, xmpp_port;
	const char *dns, *resolve_all, *trust_anchor, *crash_at, *mail_relay, *review;
	const char *challenges;  // offered besides the default: words with commas between them
	bool external_account_required, verbose, strict, assume_valid;
	unsigned chaos_kinds;    // enum chaos_kind
	uint64_t chaos_seed;
	unsigned chaos_delay_ms;
};
// The text of a configuration for a whole CA in one directory.
XICA_MUST_CHECK int config_dev(const struct config_dev_options *options, struct buf *text_out);
const struct pki_profile *config_profile(const struct config *config, struct view name); // NULL: no such; empty name: the default
// Is this way to prove control offered?
bool config_offers(const struct config *config, enum receipt_method method);
// Is control of this identifier, shown by this method, enough for a certificate of this profile? Who runs the XMPP server of a domain has shown the
// service; that is the domain as well where nothing but XMPP trusts the root, in a profile for XMPP. What
// was assumed suffices in development alone, where its configuration says so.
bool config_method_suffices(const struct config *config, const struct pki_profile *profile, const struct pki_identifier *identifier,
			    enum receipt_method method);
// Of caa_identities, as many as a dns-persist-01 challenge may name.
size_t config_issuer_name_count(const struct config *config);
struct pki_site config_site(const struct config *config); // borrowed from config
