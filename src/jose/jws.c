#include "jose/jws.h"

#include <string.h>

#include "base/base64url.h"
#include "jose/object.h"

static const struct {
	const char *name; // RFC 7518 §3.1, RFC 8037 §3.1
	enum jws_alg alg;
} ALGORITHMS[] = {{"ES256", JWS_ES256}, {"ES384", JWS_ES384}, {"RS256", JWS_RS256}, {"EdDSA", JWS_EDDSA}, {"HS256", JWS_HS256}};

struct parse { // of one JWS; each step below returns the first fault that it finds
	struct arena *arena;
	struct jws *jws;
	bool no_memory;
};

static struct view keep(struct parse *p, struct view v)
{
	struct view copy = arena_copy(p->arena, v);
	if (!copy.ptr)
		p->no_memory = true;
	return copy;
}

static enum jws_fault decode(struct parse *p, struct view text, struct view *ret_bytes)
{
	int error = base64url_decode_kept(text, p->arena, ret_bytes);
	if (error == XICA_ENOMEM)
		p->no_memory = true;
	return error ? JWS_FAULT_BASE64 : JWS_FAULT_NONE;
}

static enum jws_fault check_types(const struct jose_object *header)
{
	static const char *const STRINGS[] = {"alg", "kid", "nonce", "url"};
	struct view text;
	for (size_t i = 0; i < sizeof(STRINGS) / sizeof(STRINGS[0]); i++)
		if (jose_object_find(header, STRINGS[i], &text) == JOSE_OTHER)
			return JWS_FAULT_HEADER;
	if ((jose_object_has(header, "jwk") && !json_is_object(jose_object_json(header, "jwk"))) ||
	    (jose_object_has(header, "crit") && !json_is_array(jose_object_json(header, "crit"))) ||
	    (jose_object_has(header, "b64") && !json_is_boolean(jose_object_json(header, "b64"))))
		return JWS_FAULT_HEADER;
	// RFC 8555 §6.4: "url" is required of every JWS, those inside of others too (§7.3.4, §7.3.5).
	return jose_object_has(header, "alg") && jose_object_has(header, "url") ? JWS_FAULT_NONE : JWS_FAULT_HEADER;
}

// RFC 7515 §4.1.11. The extensions that we understand are those of RFC 8555 §6.4.1 and §6.5.2; each must be there.
static enum jws_fault check_crit(const struct jose_object *header)
{
	const json_t *crit = jose_object_json(header, "crit"), *name;
	size_t i;
	if (!crit)
		return JWS_FAULT_NONE;
	if (!json_array_size(crit))
		return JWS_FAULT_CRIT;
	json_array_foreach(crit, i, name) {
		const char *text = json_string_value(name); // NULL for what is no string
		if (!text || (strcmp(text, "url") && strcmp(text, "nonce")) || !jose_object_has(header, text))
			return JWS_FAULT_CRIT;
	}
	return JWS_FAULT_NONE;
}

static enum jws_fault read_alg(struct parse *p, const struct jose_object *header)
{
	struct view name;
	(void)jose_object_find(header, "alg", &name);
	for (size_t i = 0; i < sizeof(ALGORITHMS) / sizeof(ALGORITHMS[0]); i++)
		if (view_equal_str(name, ALGORITHMS[i].name)) {
			p->jws->alg = ALGORITHMS[i].alg;
			return JWS_FAULT_NONE;
		}
	return JWS_FAULT_ALG;
}

static enum jws_fault read_key(struct parse *p, const struct jose_object *header)
{
	const json_t *jwk = jose_object_json(header, "jwk");
	struct view kid;
	bool has_kid = jose_object_find(header, "kid", &kid) == JOSE_STRING;
	if (!jwk == !has_kid)
		return JWS_FAULT_KEY_MEMBER;
	if (has_kid) {
		p->jws->kid = keep(p, kid);
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
	cleanup_object header;
	struct view url, nonce;
	if (jose_object_read(text, &header))
		return JWS_FAULT_HEADER;
	enum jws_fault fault = check_types(&header);
	if (fault)
		return fault;
	if (json_is_false(jose_object_json(&header, "b64")))
		return JWS_FAULT_B64;
	if ((fault = check_crit(&header)) || (fault = read_alg(p, &header)))
		return fault;
	if (jose_object_find(&header, "url", &url) == JOSE_STRING)
		p->jws->url = keep(p, url);
	if (jose_object_find(&header, "nonce", &nonce) == JOSE_STRING)
		p->jws->nonce = keep(p, nonce);
	return read_key(p, &header);
}

static void keep_signing_input(struct parse *p, struct view protected, struct view payload)
{
	size_t len = protected.len + 1 + payload.len;
	uint8_t *input = arena_alloc(p->arena, len);
	if (!input) {
		p->no_memory = true;
		return;
	}
	memcpy(input, protected.ptr, protected.len);
	input[protected.len] = '.';
	if (payload.len)
		memcpy(input + protected.len + 1, payload.ptr, payload.len);
	p->jws->signing_input = view_bytes(input, len);
}

// The flattened form (RFC 7515 §7.2.2), without what ACME forbids (RFC 8555 §6.2). Unknown members are ignored (RFC 7515 §7.2.1).
static enum jws_fault read_members(struct parse *p, const struct jose_object *json)
{
	struct view protected, payload, signature, header = VIEW_NONE;
	enum jws_fault fault;
	if (jose_object_find(json, "protected", &protected) != JOSE_STRING || jose_object_find(json, "payload", &payload) != JOSE_STRING ||
	    jose_object_find(json, "signature", &signature) != JOSE_STRING || jose_object_has(json, "header") || jose_object_has(json, "signatures"))
		return JWS_FAULT_MEMBERS;
	if ((fault = decode(p, protected, &header)) || (fault = decode(p, payload, &p->jws->payload)) || (fault = decode(p, signature, &p->jws->signature)))
		return fault;
	keep_signing_input(p, protected, payload);
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
	cleanup_object json;
	*fault = jose_object_read(text, &json) ? JWS_FAULT_JSON : read_members(&p, &json);
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
