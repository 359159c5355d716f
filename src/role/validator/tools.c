#include "role/validator/tools.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "crypto/tls.h"
#include "validate/curl_loop.h"
#include "validate/tls_alpn01.h"

// A name server that a development CA is pointed at has seldom a signed root behind it; who has one names its anchor.
static const char *choose_anchor(const struct config *config)
{
	if (config->trust_anchor)
		return config->trust_anchor;
	if (config->dev && config->dns)
		return NULL;
	return access(DNS_ROOT_ANCHOR, R_OK) == 0 ? DNS_ROOT_ANCHOR : NULL;
}

static int open_resolver(struct event_base *base, const struct config *config, struct dns_resolver **ret_resolver)
{
	const struct dns_options options = {.server = config->dns, .resolve_all = config->resolve_all, .trust_anchor = choose_anchor(config)};
	cleanup_buf why = BUF_INIT;
	int error = dns_resolver_new(base, &options, ret_resolver, &why);
	if (error)
		log_error("names can't be looked up: %s", why.len ? buf_cstr(&why) : xica_strerror(error));
	else if (options.resolve_all)
		log_warning("every name has the address %s: a CA to play with, nothing is proven by it", options.resolve_all);
	else if (!options.trust_anchor)
		log_warning("DNSSEC isn't checked: there is no trust anchor (trust_anchor in the configuration, or the package dns-root-data)");
	return error;
}

static int copy_networks(const struct config *config, struct address_networks *ret_networks)
{
	struct address_network *list = calloc(config->allowed_network_count + 1, sizeof(*list));
	if (!list)
		return XICA_ENOMEM;
	for (size_t i = 0; i < config->allowed_network_count; i++) {
		_Static_assert(sizeof(list[i].address) == sizeof(config->allowed_networks[i].address), "both are IPv6 addresses");
		memcpy(list[i].address, config->allowed_networks[i].address, sizeof(list[i].address));
		list[i].prefix = config->allowed_networks[i].prefix;
	}
	*ret_networks = (struct address_networks){list, config->allowed_network_count};
	return XICA_OK;
}

int validator_tools_open(struct event_base *base, const struct config *config, struct challenge_tools *ret_tools)
{
	*ret_tools = (struct challenge_tools){
		.base = base,
		.now = clock_now,
		.http01_port = config->http01_port,
		.https_port = config->https_port_redirect,
		.tlsalpn01_port = config->tlsalpn01_port,
		.xmpp_server_port = config->xmpp_server_port,
		.xmpp_client_port = config->xmpp_client_port,
		.xmpp_services = config->xmpp_services,
		.xmpp_service_count = config->xmpp_service_count,
		.caa_identities = config->caa_identities,
		.caa_identity_count = config->caa_identity_count,
		.account_hash_prefix = config->account_hash_prefix,
		.assume_valid = config->dev && config->assume_valid,
	};
	if (ret_tools->assume_valid)
		log_warning("every name is taken for proven: a CA to play with, its certificates say nothing");
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return XICA_ENOMEM;
	int error = copy_networks(config, &ret_tools->networks);
	if (!error)
		error = open_resolver(base, config, &ret_tools->resolver);
	if (!error)
		error = crypto_tls_client_new(TLS_ALPN01_PROTOCOL, &ret_tools->tls);
	if (!error)
		error = crypto_tls_client_new(VIEW_NONE, &ret_tools->tls_plain);
	if (!error)
		error = crypto_tls_client_new(VIEW_LIT("xmpp-server"), &ret_tools->tls_xmpp_server);
	if (!error)
		error = crypto_tls_client_new(VIEW_LIT("xmpp-client"), &ret_tools->tls_xmpp_client);
	if (!error)
		error = curl_loop_new(base, &ret_tools->curl);
	if (error)
		validator_tools_close(ret_tools);
	return error;
}

void validator_tools_close(struct challenge_tools *tools)
{
	curl_loop_free(tools->curl);
	crypto_tls_client_free(tools->tls);
	crypto_tls_client_free(tools->tls_plain);
	crypto_tls_client_free(tools->tls_xmpp_server);
	crypto_tls_client_free(tools->tls_xmpp_client);
	dns_resolver_free(tools->resolver);
	free((void *)(uintptr_t)tools->networks.list);
	curl_global_cleanup();
	*tools = (struct challenge_tools){0};
}
