#include "config/value.h"

#include <limits.h>
#include <string.h>

#include "base/log.h"
#include "chaos/kind.h"
#include "base/rate.h"
#include "config/address.h"
#include "config/number.h"
#include "validate/receipt.h"
#include "validate/xmpp_place.h"

enum { HOST_MAX = 253, LABEL_MAX = 63 };

// Where a value is refused: an option may stand once, and its value must be what it is for.
static int refuse(cfg_t *cfg, const cfg_opt_t *opt, const char *value, const char *want)
{
	cfg_error(cfg, "%s = \"%s\": must be %s", opt->name, value, want);
	return -1;
}

// libconfuse forgets the first value when a second one comes: a flag of our own in the option remembers that there was one.
static int check_once(cfg_t *cfg, cfg_opt_t *opt)
{
	enum { GIVEN = 1 << 24 };
	if ((opt->flags & GIVEN) && !(opt->flags & CFGF_LIST)) {
		cfg_error(cfg, "%s is given twice", opt->name);
		return -1;
	}
	opt->flags |= GIVEN;
	return 0;
}

static int keep_number(cfg_t *cfg, cfg_opt_t *opt, long number, void *result)
{
	*(long *)result = number;
	return check_once(cfg, opt);
}

static int keep_text(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	*(const char **)result = value;
	return check_once(cfg, opt);
}

// One of some words, into its index.
static int keep_word_of(cfg_t *cfg, cfg_opt_t *opt, const char *value, const char *const *words, const char *want, void *result)
{
	for (long i = 0; words[i]; i++)
		if (!strcmp(value, words[i]))
			return keep_number(cfg, opt, i, result);
	return refuse(cfg, opt, value, want);
}

int config_value_cb_bool(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	int yes = cfg_parse_boolean(value);
	return yes < 0 ? refuse(cfg, opt, value, "true or false") : keep_number(cfg, opt, yes, result);
}

int config_value_cb_count(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	long number;
	if (config_number_parse(value, 0, 100000, &number))
		return refuse(cfg, opt, value, "a number of at most 100000");
	return keep_number(cfg, opt, number, result);
}

int config_value_cb_seed(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	long number;
	if (config_number_parse(value, 0, LONG_MAX, &number))
		return refuse(cfg, opt, value, "a number");
	return keep_number(cfg, opt, number, result);
}

int config_value_cb_chaos(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	unsigned kinds;
	if (chaos_kinds_parse(view_str(value), &kinds))
		return refuse(cfg, opt, value, "kinds of chaos, as nonce,delay or -eab");
	return keep_number(cfg, opt, (long)kinds, result);
}

int config_value_cb_duration(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	long seconds;
	if (config_number_duration(value, &seconds))
		return refuse(cfg, opt, value, "a duration as 30s, 15m, 8h, 90d or 2w");
	return keep_number(cfg, opt, seconds, result);
}

int config_value_cb_port(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	long port;
	if (config_number_parse(value, 1, 65535, &port))
		return refuse(cfg, opt, value, "a port from 1 to 65535");
	return keep_number(cfg, opt, port, result);
}

int config_value_cb_log_level(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	static const char *const WORDS[] = {
		[LOG_LEVEL_DEBUG] = "debug", [LOG_LEVEL_INFO] = "info", [LOG_LEVEL_WARNING] = "warning", [LOG_LEVEL_ERROR] = "error", NULL};
	return keep_word_of(cfg, opt, value, WORDS, "debug, info, warning or error", result);
}

int config_value_cb_log_form(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	static const char *const WORDS[] = {[LOG_FORM_LOGFMT] = "logfmt", [LOG_FORM_JSON] = "json", NULL};
	return keep_word_of(cfg, opt, value, WORDS, "logfmt or json", result);
}

int config_value_cb_rate(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	struct rate rate;
	if (rate_parse(view_str(value), &rate))
		return refuse(cfg, opt, value, "a rate as \"300 per 3h\" or \"300 per 3h, burst 50\", or \"none\"");
	return keep_text(cfg, opt, value, result);
}

int config_value_cb_trust(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	static const char *const WORDS[] = {"xmpp-only", "web", NULL};
	return keep_word_of(cfg, opt, value, WORDS, "xmpp-only or web", result);
}

int config_value_cb_xmpp_service(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	return xmpp_srv_find(view_str(value)) ? keep_text(cfg, opt, value, result)
					      : refuse(cfg, opt, value, "_xmpp-server, _xmpps-server, _xmpp-client or _xmpps-client");
}

int config_value_cb_challenge(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	enum receipt_method method;
	bool known = !receipt_method_parse(view_str(value), &method) && method != RECEIPT_OPERATOR && method != RECEIPT_ASSUMED;
	return known ? keep_text(cfg, opt, value, result)
		     : refuse(cfg, opt, value, "one of http-01, dns-01, tls-alpn-01, xmpp-01, xmpp-tls-01, email-01, dns-account-01, dns-persist-01");
}

int config_value_cb_mail_tls(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	static const char *const WORDS[] = {"none", "required", NULL};
	return keep_word_of(cfg, opt, value, WORDS, "required or none", result);
}

static bool is_text(const char *value)
{
	for (const char *c = value; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			return false;
	return *value;
}

static bool is_made_of(const char *value, const char *characters)
{
	return *value && value[strspn(value, characters)] == 0;
}

static bool is_label(const char *value, size_t len)
{
	char label[LABEL_MAX + 1];
	if (!len || len > LABEL_MAX || value[0] == '-' || value[len - 1] == '-')
		return false;
	memcpy(label, value, len);
	label[len] = 0;
	return is_made_of(label, "abcdefghijklmnopqrstuvwxyz0123456789-");
}

static bool is_host(const char *value)
{
	if (strlen(value) > HOST_MAX)
		return false;
	for (const char *label = value;; label++) {
		size_t len = strcspn(label, ".");
		if (!is_label(label, len))
			return false;
		label += len;
		if (!*label)
			return true;
	}
}

// scheme "://" host [":" port], then nothing, or "/…" where a path may follow.
static bool is_url(const char *value, const char *scheme, bool path)
{
	char host[HOST_MAX + 1], port[6] = "";
	long number;
	size_t scheme_len = strlen(scheme);
	if (!is_text(value) || strncmp(value, scheme, scheme_len) || strpbrk(value, " \"<>\\"))
		return false;
	const char *at = value + scheme_len;
	size_t len = strcspn(at, ":/?#");
	if (!len || len > HOST_MAX)
		return false;
	memcpy(host, at, len);
	host[len] = 0;
	at += len;
	if (*at == ':') {
		len = strcspn(++at, "/?#");
		if (len >= sizeof(port))
			return false;
		memcpy(port, at, len);
		port[len] = 0;
		at += len;
		if (config_number_parse(port, 1, 65535, &number))
			return false;
	}
	return is_host(host) && (*at == 0 || (path && *at == '/'));
}

#define TEXT_CALLBACK(name, fits, want)                                                                                    \
	int config_value_cb_##name(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)                            \
	{                                                                                                                  \
		return is_text(value) && (fits) ? keep_text(cfg, opt, value, result) : refuse(cfg, opt, value, want);      \
	}

static bool is_address(const char *value)
{
	struct sockaddr_storage address;
	socklen_t len;
	return !config_address_parse(value, &address, &len);
}

static bool is_network(const char *value)
{
	struct config_network network;
	return !config_network_parse(value, &network);
}

static bool is_relay(const char *value)
{
	char address[64];
	long port;
	if (is_url(value, "smtp://", false) || is_url(value, "smtps://", false))
		return true;
	const char *at = strstr(value, "://[");
	if (!at || (strncmp(value, "smtp:", 5) && strncmp(value, "smtps:", 6)))
		return false;
	size_t len = strcspn(at += 4, "]");
	if (at[len] != ']' || len >= sizeof(address))
		return false;
	memcpy(address, at, len);
	address[len] = 0;
	at += len + 1;
	return strchr(address, ':') && config_address_is_ip(address) && (*at == 0 || (*at == ':' && !config_number_parse(at + 1, 1, 65535, &port)));
}

// Whether the address is one is for those to say who know addresses: here, that it has the shape.
static bool is_mailbox(const char *value)
{
	const char *at = strchr(value, '@'), *open = strchr(value, '<');
	if (!at || strchr(at + 1, '@'))
		return false;
	return open ? open < at && value[strlen(value) - 1] == '>' : !strchr(value, '>');
}

static bool is_oid(const char *value)
{
	size_t len = strlen(value);
	return len < 128 && is_made_of(value, "0123456789.") && strchr("012", value[0]) && value[1] == '.' && value[len - 1] != '.' &&
	       !strstr(value, "..");
}

TEXT_CALLBACK(text, true, "printable text")
TEXT_CALLBACK(path, value[0] == '/', "an absolute path")
TEXT_CALLBACK(host, is_host(value), "a domain name in lower case")
TEXT_CALLBACK(label, is_label(value, strlen(value)), "one label of a domain name in lower case")
TEXT_CALLBACK(word, is_made_of(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:") && value[0] != '-', "one word")
TEXT_CALLBACK(oid, is_oid(value), "an object identifier as 1.3.6.1")
TEXT_CALLBACK(https_base, is_url(value, "https://", false), "https://HOST or https://HOST:PORT, with nothing behind it")
TEXT_CALLBACK(http_base, is_url(value, "http://", false), "http://HOST or http://HOST:PORT, with nothing behind it")
TEXT_CALLBACK(https_url, is_url(value, "https://", true), "an https URL with a host name")
TEXT_CALLBACK(address, is_address(value), "an address with a port: 192.0.2.1:443 or [2001:db8::1]:443")
TEXT_CALLBACK(relay, is_relay(value), "smtp://HOST:PORT or smtps://HOST:PORT, with nothing behind it")
TEXT_CALLBACK(mailbox, is_mailbox(value), "an address as ca@example.org or \"xica <ca@example.org>\"")
TEXT_CALLBACK(pattern, is_made_of(value, "abcdefghijklmnopqrstuvwxyz0123456789-.*"), "a domain name in lower case, with * for any characters")
TEXT_CALLBACK(ip, config_address_is_ip(value), "an IP address")
TEXT_CALLBACK(network, is_network(value), "a network as 10.0.0.0/8 or 2001:db8::/32")
