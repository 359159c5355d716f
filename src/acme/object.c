#include "acme/object.h"

#include "base/json_text.h"

static void set_text(struct json_text *o, const char *name, const char *text)
{
	if (!text)
		return;
	json_text_member(o, name);
	json_text_add_string(o->out, view_str(text));
}

static void set_time(struct json_text *o, const char *name, xica_time t)
{
	if (!t)
		return;
	json_text_member(o, name);
	buf_add_byte(o->out, '"');
	clock_add_rfc3339(o->out, t);
	buf_add_byte(o->out, '"');
}

// JSON text of our own making, from the database.
static void set_json(struct json_text *o, const char *name, struct view text)
{
	if (!text.len)
		return;
	json_text_member(o, name);
	buf_add(o->out, text);
}

static void set_true(struct json_text *o, const char *name, bool is)
{
	if (is)
		set_json(o, name, VIEW_LIT("true"));
}

static void set_texts(struct json_text *o, const char *name, const char *const *texts, size_t count)
{
	json_text_member(o, name);
	struct json_text list = json_text_open(o->out, '[');
	for (size_t i = 0; i < count; i++) {
		json_text_element(&list);
		json_text_add_string(o->out, view_str(texts[i]));
	}
	json_text_close(&list, ']');
}

static int add_identifier(struct buf *out, const struct pki_identifier *identifier)
{
	cleanup_arena arena = ARENA_INIT;
	const char *text = pki_identifier_text(identifier, &arena);
	if (!text)
		return XICA_ENOMEM;
	struct json_text o = json_text_open(out, '{');
	set_text(&o, "type", pki_identifier_type_text(identifier->type));
	set_text(&o, "value", text);
	json_text_close(&o, '}');
	return XICA_OK;
}

static int finish(struct json_text *o)
{
	json_text_close(o, '}');
	return buf_error(o->out);
}

int acme_account_write(const struct acme_account_view *account, struct buf *out)
{
	struct json_text o = json_text_open(out, '{');
	set_text(&o, "status", acme_status_text(account->status));
	set_json(&o, "contact", account->contacts);
	set_true(&o, "termsOfServiceAgreed", account->terms_agreed);
	set_text(&o, "orders", account->orders_url);
	return finish(&o);
}

static int set_identifiers(struct json_text *o, const struct acme_order_view *order)
{
	int error = XICA_OK;
	json_text_member(o, "identifiers");
	struct json_text list = json_text_open(o->out, '[');
	for (size_t i = 0; !error && i < order->identifier_count; i++) {
		json_text_element(&list);
		error = add_identifier(o->out, &order->identifiers[i]);
	}
	json_text_close(&list, ']');
	return error;
}

int acme_order_write(const struct acme_order_view *order, struct buf *out)
{
	struct json_text o = json_text_open(out, '{');
	set_text(&o, "status", acme_status_text(order->status));
	set_time(&o, "expires", order->expires);
	set_time(&o, "notBefore", order->not_before);
	set_time(&o, "notAfter", order->not_after);
	int error = set_identifiers(&o, order);
	set_texts(&o, "authorizations", order->authorization_urls, order->authorization_count);
	set_text(&o, "finalize", order->finalize_url);
	set_text(&o, "certificate", order->certificate_url);
	set_text(&o, "profile", order->profile);
	set_text(&o, "replaces", order->replaces);
	set_json(&o, "error", order->error);
	return error ? error : finish(&o);
}

static void set_sent(struct json_text *o, const struct acme_challenge_view *challenge)
{
	json_text_member(o, "sent");
	struct json_text sent = json_text_open(o->out, '{');
	set_text(&sent, "address", challenge->sent_to);
	set_time(&sent, "expires", challenge->sent_expires);
	json_text_close(&sent, '}');
	json_text_member(o, "triesLeft");
	buf_addf(o->out, "%u", challenge->tries_left);
}

static void add_challenge(struct buf *out, const struct acme_challenge_view *challenge)
{
	struct json_text o = json_text_open(out, '{');
	set_text(&o, "type", challenge->type);
	set_text(&o, "url", challenge->url);
	set_text(&o, "status", acme_status_text(challenge->status));
	if (challenge->token.len) {
		json_text_member(&o, "token");
		json_text_add_string(out, challenge->token);
	}
	set_time(&o, "validated", challenge->validated);
	set_json(&o, "error", challenge->error);
	if (challenge->issuer_name_count)
		set_texts(&o, "issuerDomainNames", challenge->issuer_names, challenge->issuer_name_count);
	if (challenge->address_count)
		set_texts(&o, "addresses", challenge->addresses, challenge->address_count);
	if (challenge->sent_to)
		set_sent(&o, challenge);
	json_text_close(&o, '}');
}

int acme_challenge_write(const struct acme_challenge_view *challenge, struct buf *out)
{
	add_challenge(out, challenge);
	return buf_error(out);
}

// RFC 8555 §7.1.4: the identifier is the bare domain, and a wildcard authorization says so by a member of its own.
int acme_authz_write(const struct acme_authz_view *authz, struct buf *out)
{
	struct pki_identifier bare = *authz->identifier;
	bare.wildcard = false;
	struct json_text o = json_text_open(out, '{');
	json_text_member(&o, "identifier");
	int error = add_identifier(out, &bare);
	set_text(&o, "status", acme_status_text(authz->status));
	set_time(&o, "expires", authz->expires);
	json_text_member(&o, "challenges");
	struct json_text list = json_text_open(out, '[');
	for (size_t i = 0; i < authz->challenge_count; i++) {
		json_text_element(&list);
		add_challenge(out, &authz->challenges[i]);
	}
	json_text_close(&list, ']');
	set_true(&o, "subdomainAuthAllowed", authz->subdomains);
	set_true(&o, "wildcard", authz->identifier->wildcard);
	return error ? error : finish(&o);
}

int acme_renewal_write(const struct acme_renewal_view *renewal, struct buf *out)
{
	struct json_text o = json_text_open(out, '{');
	json_text_member(&o, "suggestedWindow");
	struct json_text window = json_text_open(out, '{');
	set_time(&window, "start", renewal->start);
	set_time(&window, "end", renewal->end);
	json_text_close(&window, '}');
	set_text(&o, "explanationURL", renewal->explanation_url);
	return finish(&o);
}

int acme_orders_write(const char *const *urls, size_t count, struct buf *out)
{
	struct json_text o = json_text_open(out, '{');
	set_texts(&o, "orders", urls, count);
	return finish(&o);
}
