// The sections `profile "NAME" { … }`.
#include <string.h>

#include "config/builtin.h"
#include "config/reader.h"
#include "config/value.h"

cfg_opt_t config_profile_options[] = {
	CONFIG_TEXT("description", text),
	CONFIG_NUMBER("validity", duration),
	CONFIG_NUMBER("validity-min", duration),
	CONFIG_NUMBER("validity-max", duration),
	CONFIG_NUMBER("backdate", duration),
	CONFIG_NUMBER("dns-names", bool),
	CONFIG_NUMBER("srv-names", bool),
	CONFIG_NUMBER("xmpp-addrs", bool),
	CONFIG_NUMBER("server-auth", bool),
	CONFIG_NUMBER("client-auth", bool),
	CONFIG_NUMBER("status-urls", bool),
	CONFIG_NUMBER("srv-only", bool),
	CONFIG_TEXT("policy-oid", oid),
	CONFIG_NUMBER("renew-after", count),
	CONFIG_NUMBER("renew-window", count),
	CFG_END(),
};

// What no profile may be, whatever the file says (RFC 6120 §13.7.1, RFC 5280 §4.2.1).
static const char *fault_of(const struct pki_profile *profile)
{
	if (profile->name[strspn(profile->name, "abcdefghijklmnopqrstuvwxyz0123456789-")] || !*profile->name || strlen(profile->name) > 64)
		return "a profile's name is of a-z, 0-9 and -, at most 64 of them";
	if (profile->validity_min > profile->validity || profile->validity > profile->validity_max)
		return "validity must be from validity-min to validity-max";
	if (profile->validity_min < 10 * XICA_MINUTE || profile->validity_max > 825 * XICA_DAY)
		return "validity must be from 10 minutes to 825 days";
	if (profile->backdate < 0 || profile->backdate > XICA_DAY || profile->backdate >= profile->validity_min)
		return "backdate must be at most one day, and less than validity-min";
	if (profile->renew_after > 95 || profile->renew_window > 50 || profile->renew_after + profile->renew_window > 99)
		return "renew-after and renew-window are percent of the validity: at most 95 and 50, and together less than 100";
	if (!profile->server_auth)
		return "server-auth must be true: a server's certificate is never for clients alone";
	if (profile->srv_only && (profile->dns_names || profile->xmpp_addrs || !profile->srv_names))
		return "with srv-only there are srv-names alone";
	if (!profile->srv_only && !profile->dns_names)
		return "dns-names must be true, but for srv-only";
	return NULL;
}

static bool flag(cfg_t *section, const char *name, bool otherwise)
{
	return config_reader_number(section, name, otherwise);
}

static int read_profile(struct config_reader *reader, cfg_t *section, struct pki_profile *profile)
{
	const struct pki_profile *from = config_builtin_profile(cfg_title(section));
	xica_time validity = config_reader_number(section, "validity", from->validity);
	*profile = (struct pki_profile){
		.name = arena_strdup(reader->arena, view_str(cfg_title(section))),
		.description = config_reader_text(reader, section, "description", from->description),
		.validity = validity,
		// a profile that is made shorter or longer takes its bounds along, where they are not given
		.validity_min = config_reader_number(section, "validity-min", validity < from->validity_min ? validity : from->validity_min),
		.validity_max = config_reader_number(section, "validity-max", validity),
		.backdate = config_reader_number(section, "backdate", from->backdate),
		.dns_names = flag(section, "dns-names", from->dns_names && !flag(section, "srv-only", false)),
		.srv_names = flag(section, "srv-names", from->srv_names),
		.xmpp_addrs = flag(section, "xmpp-addrs", from->xmpp_addrs),
		.server_auth = flag(section, "server-auth", from->server_auth),
		.client_auth = flag(section, "client-auth", from->client_auth),
		.status_urls = flag(section, "status-urls", from->status_urls),
		.srv_only = flag(section, "srv-only", from->srv_only),
		.policy_oid = config_reader_text(reader, section, "policy-oid", from->policy_oid),
		.renew_after = (unsigned)config_reader_number(section, "renew-after", from->renew_after),
		.renew_window = (unsigned)config_reader_number(section, "renew-window", from->renew_window),
	};
	if (!profile->name || !profile->description)
		return XICA_ENOMEM;
	const char *fault = fault_of(profile);
	return fault ? config_reader_refuse(reader, section, fault) : XICA_OK;
}

static int take_builtin(struct config_reader *reader, struct config *config)
{
	size_t count = 0;
	while (config_builtin_profiles[count].name)
		count++;
	config->profiles = arena_array(reader->arena, count, sizeof(*config->profiles));
	if (!config->profiles)
		return XICA_ENOMEM;
	memcpy(config->profiles, config_builtin_profiles, count * sizeof(*config->profiles));
	config->profile_count = count;
	return XICA_OK;
}

int config_profiles_read(struct config_reader *reader, struct config *config)
{
	unsigned count = cfg_size(reader->root, "profile");
	if (!count)
		return take_builtin(reader, config);
	config->profiles = arena_array(reader->arena, count, sizeof(*config->profiles));
	if (!config->profiles)
		return XICA_ENOMEM;
	for (unsigned i = 0; i < count; i++) {
		int error = read_profile(reader, cfg_getnsec(reader->root, "profile", i), &config->profiles[i]);
		if (error)
			return error;
		config->profile_count++;
	}
	return XICA_OK;
}
