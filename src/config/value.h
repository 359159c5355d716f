// Single values of the configuration, and the libconfuse callbacks (cfg_callback_t) that check them where they stand, so that a wrong one is
// reported with its line. A callback stores into *result what libconfuse keeps; it returns 0, or -1 after cfg_error().
#pragma once
#include <confuse.h>

#include "base/buf.h"

int config_value_cb_bool(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result); // into a long: 0 or 1
int config_value_cb_count(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result);
int config_value_cb_duration(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result); // seconds
int config_value_cb_port(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result);
int config_value_cb_log_form(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result);
int config_value_cb_log_level(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result);
int config_value_cb_xmpp_service(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result);
int config_value_cb_challenge(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result); // a way to prove, by its ACME name
int config_value_cb_mail_tls(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result); // 1: required
int config_value_cb_chaos(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result); // enum chaos_kind
int config_value_cb_seed(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result);
int config_value_cb_rate(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result); // "300 per 3h" (base/rate.h)
int config_value_cb_trust(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result); // 1: web
// Texts. All refuse control characters and an empty one.
int config_value_cb_text(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result);
int config_value_cb_path(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result); // absolute
int config_value_cb_host(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result); // a domain name, lower case
int config_value_cb_label(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result);
int config_value_cb_word(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result); // a-z 0-9 - _ . (a system user, a point to crash at)
int config_value_cb_oid(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result);  // 1.2.3
int config_value_cb_https_base(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result); // https://host[:port], nothing behind it
int config_value_cb_http_base(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result);
int config_value_cb_https_url(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result);  // with a host, and whatever path
int config_value_cb_address(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result);    // IP:PORT
int config_value_cb_relay(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result);      // smtp[s]://host[:port], or [address]
int config_value_cb_mailbox(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result);    // NAME <ADDRESS>, or ADDRESS
int config_value_cb_pattern(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result);    // of names: characters of a domain name, and *
int config_value_cb_ip(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result);
int config_value_cb_network(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result);
