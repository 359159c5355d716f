#include "jose/jws.h"

#include <string.h>

#include "base/base64url.h"

static const struct {
	const char *name; // RFC 7518 §3.1, RFC 8037 §3.1
	enum jws_alg alg;
} ALGORITHMS[] = {{"ES256", JWS_ES256}, {"ES384", JWS_ES384}, {"RS256", JWS_RS256}, {"EdDSA", JWS_EDDSA}, {"HS256", JWS_HS256}};

struct parse { // of one JWS; each step below returns the first fault that it finds
	struct arena *arena;
	struct jws *jws;
	bool no_memory;
};

static struct view string_view(const json_t *string)
{
	return view_bytes(json_string_value(string), json_string_length(string));
}

static struct view keep(struct parse *p, struct view v)
{
	struct view copy = arena_copy(p->arena, v);
	if (!copy.ptr)
		p->no_memory = true;
	return copy;
}

static enum jws_fault decode(struct parse *p, struct view text, struct view *ret_bytes)
{
	cleanup_buf bytes = BUF_INIT;
	int error = base64url_decode(text, &bytes);
	if (error == XICA_ENOMEM)
		p->no_memory = true;
	if (error)
		return JWS_FAULT_BASE64;
	*ret_bytes = keep(p, buf_view(&bytes));
	return JWS_FAULT_NONE;
}

static enum jws_fault check_types(const json_t *header)
{
	static const char *const STRINGS[] = {"alg", "kid", "nonce", "url"};
	const json_t *jwk = json_object_get(header, "jwk"), *crit = json_object_get(header, "crit"), *b64 = json_object_get(header, "b64");
	if (!json_is_object(header))
		return JWS_FAULT_HEADER;
	for (size_t i = 0; i < sizeof(STRINGS) / sizeof(STRINGS[0]); i++) {
		const json_t *member = json_object_get(header, STRINGS[i]);
		if (member && !json_is_string(member))
			return JWS_FAULT_HEADER;
	}
	if ((jwk && !json_is_object(jwk)) || (crit && !json_is_array(crit)) || (b64 && !json_is_boolean(b64)))
		return JWS_FAULT_HEADER;
	// RFC 8555 §6.4: "url" is required of every JWS, those inside of others too (§7.3.4, §7.3.5).
	return json_object_get(header, "alg") && json_object_get(header, "url") ? JWS_FAULT_NONE : JWS_FAULT_HEADER;
}

// RFC 7515 §4.1.11. The extensions that we understand are those of RFC 8555 §6.4.1 and §6.5.2; each must be there.
static enum jws_fault check_crit(const json_t *header)
{
	const json_t *crit = json_object_get(header, "crit"), *name;
	size_t i;
	if (!crit)
		return JWS_FAULT_NONE;
	if (!json_array_size(crit))
		return JWS_FAULT_CRIT;
	json_array_foreach(crit, i, name) {
		const char *text = json_string_value(name); // NULL for what is no string
		if (!text || (strcmp(text, "url") && strcmp(text, "nonce")) || !json_object_get(header, text))
			return JWS_FAULT_CRIT;
	}
	return JWS_FAULT_NONE;
}

static enum jws_fault read_alg(struct parse *p)
{
	const char *name = json_string_value(json_object_get(p->jws->header, "alg"));
	for (size_t i = 0; i < sizeof(ALGORITHMS) / sizeof(ALGORITHMS[0]); i++)
		if (!strcmp(name, ALGORITHMS[i].name)) {
			p->jws->alg = ALGORITHMS[i].alg;
			return JWS_FAULT_NONE;
		}
	return JWS_FAULT_ALG;
}

static enum jws_fault read_key(struct parse *p)
{
	const json_t *jwk = json_object_get(p->jws->header, "jwk"), *kid = json_object_get(p->jws->header, "kid");
	if (!jwk == !kid)
		return JWS_FAULT_KEY_MEMBER;
	if (kid) {
		p->jws->kid = keep(p, string_view(kid));
		return JWS_FAULT_NONE;
	}
	int error = jwk_parse(jwk, &p->jws->jwk);
	p->jws->has_jwk = !error;
	if (error == XICA_ENOMEM)
		p->no_memory = true;
	if (error == XICA_EUNSUPPORTED || error == XICA_EWEAK)
		return JWS_FAULT_PUBLIC_KEY;
	return error ? JWS_FAULT_JWK : JWS_FAULT_NONE;
}

static enum jws_fault read_header(struct parse *p, struct view text)
{
	p->jws->header = jose_json_parse(text);
	const json_t *header = p->jws->header;
	enum jws_fault fault = check_types(header);
	if (fault)
		return fault;
	if (json_is_false(json_object_get(header, "b64")))
		return JWS_FAULT_B64;
	if ((fault = check_crit(header)) || (fault = read_alg(p)))
		return fault;
	p->jws->url = keep(p, string_view(json_object_get(header, "url")));
	if (json_object_get(header, "nonce"))
		p->jws->nonce = keep(p, string_view(json_object_get(header, "nonce")));
	return read_key(p);
}

static void keep_signing_input(struct parse *p, struct view protected, struct view payload)
{
	cleanup_buf input = BUF_INIT;
	buf_add(&input, protected);
	buf_add_byte(&input, '.');
	buf_add(&input, payload);
	if (buf_error(&input))
		p->no_memory = true;
	else
		p->jws->signing_input = keep(p, buf_view(&input));
}

// The flattened form (RFC 7515 §7.2.2), without what ACME forbids (RFC 8555 §6.2). Unknown members are ignored (RFC 7515 §7.2.1).
static enum jws_fault read_members(struct parse *p, const json_t *json)
{
	const json_t *protected = json_object_get(json, "protected"), *payload = json_object_get(json, "payload"),
		     *signature = json_object_get(json, "signature");
	struct view header = VIEW_NONE;
	enum jws_fault fault;
	if (!json_is_object(json))
		return JWS_FAULT_JSON;
	if (!json_is_string(protected) || !json_is_string(payload) || !json_is_string(signature))
		return JWS_FAULT_MEMBERS;
	if (json_object_get(json, "header") || json_object_get(json, "signatures"))
		return JWS_FAULT_MEMBERS;
	if ((fault = decode(p, string_view(protected), &header)) || (fault = decode(p, string_view(payload), &p->jws->payload)) ||
	    (fault = decode(p, string_view(signature), &p->jws->signature)))
		return fault;
	keep_signing_input(p, string_view(protected), string_view(payload));
	return p->no_memory ? JWS_FAULT_NONE : read_header(p, header);
}

int jws_parse(struct view text, struct arena *arena, struct jws *ret_jws, enum jws_fault *fault)
{
	struct jws jws = {0};
	struct parse p = {arena, &jws, false};
	if (text.len > JWS_MAX_LEN) {
		*fault = JWS_FAULT_SIZE;
		return XICA_EPARSE;
	}
	json_t *json = jose_json_parse(text);
	*fault = json ? read_members(&p, json) : JWS_FAULT_JSON;
	json_decref(json);
	if (p.no_memory)
		*fault = JWS_FAULT_NONE;
	if (p.no_memory || *fault) {
		jws_free(&jws);
		return p.no_memory ? XICA_ENOMEM : XICA_EPARSE;
	}
	*ret_jws = jws;
	return XICA_OK;
}

void jws_free(struct jws *jws)
{
	jwk_free(&jws->jwk);
	json_decref(jws->header);
	*jws = (struct jws){0};
}

const char *jws_fault_text(enum jws_fault fault)
{
	switch (fault) {
	case JWS_FAULT_NONE:
		return "the JWS is well-formed";
	case JWS_FAULT_SIZE:
		return "the request is longer than 65536 octets";
	case JWS_FAULT_JSON:
		return "the request is not a JSON object, or has a member twice, or is nested too deeply";
	case JWS_FAULT_MEMBERS:
		return "a JWS must have the members protected, payload and signature, and neither header nor signatures";
	case JWS_FAULT_BASE64:
		return "protected, payload and signature must be base64url without padding";
	case JWS_FAULT_HEADER:
		return "the protected header must be a JSON object with alg and url, each member of its right type";
	case JWS_FAULT_ALG:
		return "the algorithm must be ES256, ES384, RS256 or EdDSA";
	case JWS_FAULT_KEY_MEMBER:
		return "the protected header must have exactly one of jwk and kid";
	case JWS_FAULT_JWK:
		return "jwk is not a public JSON Web Key";
	case JWS_FAULT_PUBLIC_KEY:
		return "the key must be P-256, P-384, Ed25519, or a sound RSA key of 2048 to 8192 bits";
	case JWS_FAULT_CRIT:
		return "crit is empty, or names an extension that is not understood";
	case JWS_FAULT_B64:
		return "b64 must not be false";
	}
	return "the JWS is malformed";
}
