#include "acme/object.h"

#include <jansson.h>
#include <stdlib.h>

// Members are added one by one; the first that fails marks the object.
struct object {
	json_t *json;
	bool failed;
};

static void set(struct object *o, const char *name, json_t *value)
{
	if (json_object_set_new(o->json, name, value))
		o->failed = true;
}

static void set_text(struct object *o, const char *name, const char *text)
{
	if (text)
		set(o, name, json_string(text));
}

static void set_time(struct object *o, const char *name, xica_time t)
{
	cleanup_buf text = BUF_INIT;
	if (!t)
		return;
	clock_add_rfc3339(&text, t);
	set_text(o, name, buf_cstr(&text));
}

// JSON text of our own making, from the database.
static void set_json(struct object *o, const char *name, struct view text)
{
	if (text.len)
		set(o, name, json_loadb((const char *)text.ptr, text.len, JSON_DECODE_ANY, NULL));
}

static void set_texts(struct object *o, const char *name, const char *const *texts, size_t count)
{
	json_t *list = json_array();
	for (size_t i = 0; i < count; i++)
		if (json_array_append_new(list, json_string(texts[i])))
			o->failed = true;
	set(o, name, list);
}

static json_t *identifier_json(const struct pki_identifier *identifier)
{
	cleanup_arena arena = ARENA_INIT;
	const char *text = pki_identifier_text(identifier, &arena);
	return text ? json_pack("{s:s, s:s}", "type", pki_identifier_type_text(identifier->type), "value", text) : NULL;
}

static int finish(struct object *o, struct buf *out)
{
	char *text = o->json && !o->failed ? json_dumps(o->json, JSON_COMPACT) : NULL;
	json_decref(o->json);
	if (!text)
		return XICA_ENOMEM;
	buf_add_str(out, text);
	free(text);
	return buf_error(out);
}

int acme_account_write(const struct acme_account_view *account, struct buf *out)
{
	struct object o = {json_object(), false};
	set_text(&o, "status", acme_status_text(account->status));
	set_json(&o, "contact", account->contacts);
	if (account->terms_agreed)
		set(&o, "termsOfServiceAgreed", json_true());
	set_text(&o, "orders", account->orders_url);
	return finish(&o, out);
}

int acme_order_write(const struct acme_order_view *order, struct buf *out)
{
	struct object o = {json_object(), false};
	json_t *identifiers = json_array();
	for (size_t i = 0; i < order->identifier_count; i++)
		if (json_array_append_new(identifiers, identifier_json(&order->identifiers[i])))
			o.failed = true;
	set_text(&o, "status", acme_status_text(order->status));
	set_time(&o, "expires", order->expires);
	set_time(&o, "notBefore", order->not_before);
	set_time(&o, "notAfter", order->not_after);
	set(&o, "identifiers", identifiers);
	set_texts(&o, "authorizations", order->authorization_urls, order->authorization_count);
	set_text(&o, "finalize", order->finalize_url);
	set_text(&o, "certificate", order->certificate_url);
	set_text(&o, "profile", order->profile);
	set_text(&o, "replaces", order->replaces);
	set_json(&o, "error", order->error);
	return finish(&o, out);
}

static void set_sent(struct object *o, const struct acme_challenge_view *challenge)
{
	struct object sent = {json_object(), false};
	set_text(&sent, "address", challenge->sent_to);
	set_time(&sent, "expires", challenge->sent_expires);
	o->failed = o->failed || sent.failed;
	set(o, "sent", sent.json);
	set(o, "triesLeft", json_integer(challenge->tries_left));
}

static void fill_challenge(struct object *o, const struct acme_challenge_view *challenge)
{
	set_text(o, "type", challenge->type);
	set_text(o, "url", challenge->url);
	set_text(o, "status", acme_status_text(challenge->status));
	if (challenge->token.len)
		set(o, "token", json_stringn((const char *)challenge->token.ptr, challenge->token.len));
	set_time(o, "validated", challenge->validated);
	set_json(o, "error", challenge->error);
	if (challenge->issuer_name_count)
		set_texts(o, "issuerDomainNames", challenge->issuer_names, challenge->issuer_name_count);
	if (challenge->address_count)
		set_texts(o, "addresses", challenge->addresses, challenge->address_count);
	if (challenge->sent_to)
		set_sent(o, challenge);
}

int acme_challenge_write(const struct acme_challenge_view *challenge, struct buf *out)
{
	struct object o = {json_object(), false};
	fill_challenge(&o, challenge);
	return finish(&o, out);
}

// RFC 8555 §7.1.4: the identifier is the bare domain, and a wildcard authorization says so by a member of its own.
int acme_authz_write(const struct acme_authz_view *authz, struct buf *out)
{
	struct object o = {json_object(), false};
	struct pki_identifier bare = *authz->identifier;
	bare.wildcard = false;
	json_t *list = json_array();
	for (size_t i = 0; i < authz->challenge_count; i++) {
		struct object c = {json_object(), false};
		fill_challenge(&c, &authz->challenges[i]);
		if (json_array_append_new(list, c.json) || c.failed)
			o.failed = true;
	}
	set(&o, "identifier", identifier_json(&bare));
	set_text(&o, "status", acme_status_text(authz->status));
	set_time(&o, "expires", authz->expires);
	set(&o, "challenges", list);
	if (authz->subdomains)
		set(&o, "subdomainAuthAllowed", json_true());
	if (authz->identifier->wildcard)
		set(&o, "wildcard", json_true());
	return finish(&o, out);
}

int acme_renewal_write(const struct acme_renewal_view *renewal, struct buf *out)
{
	struct object o = {json_object(), false}, window = {json_object(), false};
	set_time(&window, "start", renewal->start);
	set_time(&window, "end", renewal->end);
	o.failed = window.failed;
	set(&o, "suggestedWindow", window.json);
	set_text(&o, "explanationURL", renewal->explanation_url);
	return finish(&o, out);
}

int acme_orders_write(const char *const *urls, size_t count, struct buf *out)
{
	struct object o = {json_object(), false};
	set_texts(&o, "orders", urls, count);
	return finish(&o, out);
}
