// The directory (RFC 8555 §7.1.1, renewalInfo by RFC 9773, profiles by draft-ietf-acme-profiles §3) and new nonces (RFC 8555 §7.2).
#include <stdlib.h>

#include "acme/url.h"
#include "role/front/front.h"

static json_t *profiles_json(const struct config *config)
{
	json_t *profiles = json_object();
	for (size_t i = 0; i < config->profile_count; i++) {
		const struct pki_profile *profile = &config->profiles[i];
		if (json_object_set_new(profiles, profile->name, json_string(profile->description ? profile->description : profile->name)))
			goto err0;
	}
	return profiles;
err0:
	json_decref(profiles);
	return NULL;
}

static json_t *identities_json(const struct config *config, size_t count)
{
	json_t *identities = json_array();
	for (size_t i = 0; i < count; i++)
		if (json_array_append_new(identities, json_string(config->caa_identities[i])))
			goto err0;
	return identities;
err0:
	json_decref(identities);
	return NULL;
}

// An extension of ours: no standard says so before an authorization is there.
static json_t *challenges_json(const struct config *config)
{
	json_t *challenges = json_array();
	for (enum receipt_method method = RECEIPT_HTTP_01; method <= RECEIPT_METHOD_LAST; method++)
		if (config_offers(config, method) && json_array_append_new(challenges, json_string(receipt_method_text(method))))
			goto err0;
	return challenges;
err0:
	json_decref(challenges);
	return NULL;
}

// draft-ietf-acme-dns-persist-02: how to make a record ahead of any order.
static int add_persist(const struct config *config, json_t *meta)
{
	if (!config_offers(config, RECEIPT_DNS_PERSIST_01))
		return 0;
	return json_object_set_new(meta, "issuerDomainNames", identities_json(config, config_issuer_name_count(config))) ||
	       json_object_set_new(meta, "accountHashPrefix", json_string(config->account_hash_prefix));
}

static json_t *directory_json(const struct config *config)
{
	json_t *meta = json_pack("{s:s*, s:s*, s:o, s:b, s:b, s:o, s:o}", "termsOfService", config->terms_of_service, "website",
				 config->website ? config->website : config->url, "caaIdentities", identities_json(config, config->caa_identity_count),
				 "externalAccountRequired", config->external_account_required, "subdomainAuthAllowed", config->subdomains, "profiles", profiles_json(config), "challengeTypes",
				 challenges_json(config));
	if (!meta || add_persist(config, meta)) {
		json_decref(meta);
		return NULL;
	}
	return json_pack("{s:s+, s:s+, s:s+, s:s+, s:s+, s:s+, s:s+, s:o}", "newNonce", config->url, "/acme/new-nonce", "newAccount", config->url,
			 "/acme/new-account", "newOrder", config->url, "/acme/new-order", "newAuthz", config->url, "/acme/new-authz", "revokeCert",
			 config->url, "/acme/revoke-cert", "keyChange", config->url, "/acme/key-change", "renewalInfo",
			 config->url, "/acme/renewal-info", "meta", meta);
}

int front_directory_make(struct front *front)
{
	json_t *json = directory_json(&front->role->config);
	char *text = json ? json_dumps(json, JSON_INDENT(2)) : NULL;
	json_decref(json);
	if (!text)
		return XICA_ENOMEM;
	buf_addf(&front->directory, "%s\n", text);
	free(text);
	buf_addf(&front->index_link, "<%s/acme/directory>;rel=\"index\"", front->role->config.url);
	return buf_error(&front->directory) ? XICA_ENOMEM : buf_error(&front->index_link);
}

void front_answer_directory(struct front *front, struct http_request *request)
{
	cleanup_http_reply reply = HTTP_REPLY_INIT(200);
	if (request->method == HTTP_METHOD_POST)
		front_add_headers(front, request, &reply);
	else
		http_reply_add_str(&reply, "Cache-Control", "no-cache");
	http_reply_body(&reply, "application/json", buf_view(&front->directory));
	http_request_reply(request, &reply);
}

void front_answer_new_nonce(struct front *front, struct http_request *request)
{
	char nonce[ACME_NONCE_LEN + 1];
	cleanup_http_reply reply = HTTP_REPLY_INIT(request->method == HTTP_METHOD_GET ? 204 : 200);
	front_add_headers(front, request, &reply);
	if (request->method != HTTP_METHOD_POST) {
		if (acme_nonce_issue(&front->shared->nonces, front->nonce_key, nonce))
			reply.failed = true;
		else
			http_reply_add_str(&reply, "Replay-Nonce", nonce);
	}
	http_request_reply(request, &reply);
}

void front_handle_directory(struct http_request *request, const struct http_match *match, void *context)
{
	(void)match;
	front_answer_directory(context, request);
}

void front_handle_new_nonce(struct http_request *request, const struct http_match *match, void *context)
{
	(void)match;
	front_answer_new_nonce(context, request);
}
