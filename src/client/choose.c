#include "client/choose.h"

#include <string.h>

#include "base/file.h"

static bool any_wildcard(const struct client_lineage *lineage)
{
	for (size_t i = 0; i < lineage->settings.name_count; i++)
		if (lineage->names[i].wildcard)
			return true;
	return false;
}

static bool any_srv(const struct client_lineage *lineage)
{
	for (size_t i = 0; i < lineage->settings.name_count; i++)
		if (lineage->names[i].type == PKI_IDENTIFIER_SRV)
			return true;
	return false;
}

// What the user gave says what he has; a server with the module for it, or with its folder, shows proofs; and a web server we can be ourselves.
static const char *best(const struct client_lineage *lineage)
{
	const struct client_settings *settings = &lineage->settings;
	if (settings->hook || any_wildcard(lineage))
		return "dns";
	if (settings->webroot)
		return "http";
	if (settings->challenges || file_exists(CLIENT_CHALLENGES))
		return "xmpp";
	return any_srv(lineage) ? "dns" : "http";
}

int client_choose_proof(struct client_lineage *lineage, const struct client_proof_kind **ret_kind, struct client_trouble *trouble)
{
	struct client_settings *settings = &lineage->settings;
	const char *name = settings->proof ? settings->proof : best(lineage);
	const struct client_proof_kind *kind = client_proof_find(name);
	if (!kind)
		return client_trouble_is(trouble, XICA_EINVAL, "there is no proof by '%s': there are xmpp, http, dns, tls and xmpp-tls", name);
	if (any_wildcard(lineage) && kind != &client_proof_dns)
		return client_trouble_is(trouble, XICA_EINVAL, "a name with '*' is proven by DNS alone: --proof dns --hook PROGRAM");
	if (kind == &client_proof_dns && !settings->hook)
		return client_trouble_is(trouble, XICA_EINVAL, "a proof by DNS wants --hook PROGRAM, which is called with set|clear NAME VALUE");
	if (any_srv(lineage) && (kind == &client_proof_http || kind == &client_proof_tls))
		return client_trouble_is(trouble, XICA_EINVAL, "a name of the service alone (--delegated) is proven by XMPP or DNS: --proof xmpp, or --proof dns --hook PROGRAM");
	if (kind == &client_proof_xmpp_tls && !settings->server_config)
		return client_trouble_is(trouble, XICA_EINVAL, "a proof by the XMPP server's certificate wants a server that xica knows, and that serves the name: --server-config FILE");
	settings->proof = kind->name;
	*ret_kind = kind;
	return XICA_OK;
}
