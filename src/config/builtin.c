#include "config/builtin.h"

#include <string.h>

const struct pki_profile config_builtin_profiles[] = {
	{
		.name = "xmpp-server",
		.description = "XMPP servers: domain names and XMPP service names, for both sides of a server-to-server stream",
		.validity = 90 * XICA_DAY,
		.validity_min = XICA_DAY,
		.validity_max = 90 * XICA_DAY,
		.backdate = XICA_HOUR,
		.dns_names = true,
		.srv_names = true,
		.server_auth = true,
		.client_auth = true,
		.status_urls = true,
	},
	{
		.name = "serverauth",
		.description = "Servers that only ever accept connections: domain names, no use as a TLS client",
		.validity = 90 * XICA_DAY,
		.validity_min = XICA_DAY,
		.validity_max = 90 * XICA_DAY,
		.backdate = XICA_HOUR,
		.dns_names = true,
		.server_auth = true,
		.status_urls = true,
	},
	{
		.name = "shortlived",
		.description = "XMPP servers that renew by themselves: six days, nothing to revoke",
		.validity = 6 * XICA_DAY,
		.validity_min = XICA_DAY,
		.validity_max = 6 * XICA_DAY,
		.backdate = XICA_HOUR,
		.dns_names = true,
		.srv_names = true,
		.server_auth = true,
		.client_auth = true,
	},
	{
		.name = "delegated",
		.description = "A hosted XMPP service: its service name alone, nothing else of the domain",
		.validity = 90 * XICA_DAY,
		.validity_min = XICA_DAY,
		.validity_max = 90 * XICA_DAY,
		.backdate = XICA_HOUR,
		.srv_names = true,
		.server_auth = true,
		.client_auth = true,
		.status_urls = true,
		.srv_only = true,
	},
	{.name = NULL},
};

const struct pki_profile *config_builtin_profile(const char *name)
{
	for (const struct pki_profile *profile = config_builtin_profiles; profile->name; profile++)
		if (!strcmp(profile->name, name))
			return profile;
	return &config_builtin_profiles[0];
}

const char *const config_builtin_components[] = {
	"conference", "muc", "chat", "rooms", "groups", "channels", "mix", "upload", "http-upload", "files", "share", "proxy", "proxy65",
	"pubsub", "pep", "vjud", "search", "directory", "echo", "irc", "biboumi", "gateway", "transport", "push", "turn", "stun", NULL};
