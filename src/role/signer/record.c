#include "role/signer/record.h"

#include <jansson.h>
#include <stdlib.h>

#include "base/base64url.h"
#include "base/hex.h"
#include "base/json_text.h"
#include "jose/jws.h"

// --- values

static void set_text(struct json_text *o, const char *name, const char *text)
{
	json_text_member(o, name);
	json_text_add_string(o->out, view_str(text));
}

// Bytes in letters that need no escaping.
static void set_encoded(struct json_text *o, const char *name, struct view bytes, void encode(struct buf *out, struct view bytes))
{
	json_text_member(o, name);
	buf_add_byte(o->out, '"');
	encode(o->out, bytes);
	buf_add_byte(o->out, '"');
}

static void set_time(struct json_text *o, const char *name, xica_time time)
{
	json_text_member(o, name);
	buf_add_byte(o->out, '"');
	clock_add_rfc3339(o->out, time);
	buf_add_byte(o->out, '"');
}

// Takes the reference. In one line, whatever white space it was sent with.
static int add_json(struct buf *out, json_t *value)
{
	char *text = value ? json_dumps(value, JSON_COMPACT) : NULL;
	json_decref(value);
	if (text)
		buf_add_str(out, text);
	free(text);
	return text ? XICA_OK : XICA_ENOMEM;
}

// The three members that are signed or sign; whatever else stood there is not evidence.
static void set_jws(struct json_text *o, const char *name, struct view signing_input, struct view signature)
{
	size_t dot = view_index(signing_input, '.', 0);
	json_text_member(o, name);
	struct json_text jws = json_text_open(o->out, '{');
	json_text_member(&jws, "protected");
	json_text_add_string(o->out, view_sub(signing_input, 0, dot));
	json_text_member(&jws, "payload");
	json_text_add_string(o->out, view_sub(signing_input, dot + 1, SIZE_MAX));
	set_encoded(&jws, "signature", signature, base64url_encode);
	json_text_close(&jws, '}');
}

// The same, of one that is only at hand as it was sent. (It was read before: it is JSON.)
static json_t *jws_json(struct view text)
{
	json_t *sent = jose_json_parse(text);
	json_t *kept = json_pack("{s:O, s:O, s:O}", "protected", json_object_get(sent, "protected"), "payload", json_object_get(sent, "payload"), "signature",
				 json_object_get(sent, "signature"));
	json_decref(sent);
	return kept;
}

// --- lists

static int set_identifiers(struct json_text *o, const struct signer_evidence *evidence, struct arena *arena)
{
	json_text_member(o, "identifiers");
	struct json_text list = json_text_open(o->out, '[');
	for (size_t i = 0; i < evidence->identifier_count; i++) {
		const char *text = pki_identifier_text(&evidence->identifiers[i], arena);
		if (!text)
			return XICA_ENOMEM;
		json_text_element(&list);
		struct json_text identifier = json_text_open(o->out, '{');
		set_text(&identifier, "type", pki_identifier_type_text(evidence->identifiers[i].type));
		set_text(&identifier, "value", text);
		set_text(&identifier, "method", receipt_method_text(evidence->methods[i]));
		json_text_close(&identifier, '}');
	}
	json_text_close(&list, ']');
	return XICA_OK;
}

static void set_receipts(struct json_text *o, const struct signer_request *request)
{
	json_text_member(o, "receipts");
	struct json_text list = json_text_open(o->out, '[');
	for (size_t i = 0; i < request->receipt_count; i++) {
		json_text_element(&list);
		buf_add_byte(o->out, '"');
		base64_encode(o->out, request->receipts[i]);
		buf_add_byte(o->out, '"');
	}
	json_text_close(&list, ']');
}

static int set_key_changes(struct json_text *o, const struct signer_request *request)
{
	int error = XICA_OK;
	if (!request->key_change_count)
		return XICA_OK;
	json_text_member(o, "key_changes");
	struct json_text list = json_text_open(o->out, '[');
	for (size_t i = 0; !error && i < request->key_change_count; i++) {
		json_text_element(&list);
		error = add_json(o->out, jws_json(request->key_changes[i]));
	}
	json_text_close(&list, ']');
	return error;
}

static int set_evidence(struct json_text *o, const struct signer_record *record)
{
	const struct signer_request *request = record->request;
	json_text_member(o, "evidence");
	struct json_text evidence = json_text_open(o->out, '{');
	set_time(&evidence, "checked", record->checked);
	json_text_member(&evidence, "account_key");
	int error = jwk_write(record->evidence->account.key, o->out);
	if (error)
		return error;
	set_jws(&evidence, "finalize", record->evidence->finalize_input, record->evidence->finalize_signature);
	set_receipts(&evidence, request);
	error = set_key_changes(&evidence, request);
	json_text_close(&evidence, '}');
	return error;
}

int signer_record_write(const struct signer_record *record, struct arena *arena, struct buf *out)
{
	const struct signer_evidence *evidence = record->evidence;
	struct json_text o = {out, false};
	set_encoded(&o, "serial", record->serial, hex_encode);
	set_text(&o, "issuer", record->issuer);
	set_text(&o, "profile", evidence->profile->name);
	set_encoded(&o, "account", view_bytes(evidence->account.thumbprint, CRYPTO_SHA256_LEN), base64url_encode);
	set_time(&o, "not_after", record->not_after);
	int error = set_identifiers(&o, evidence, arena);
	if (!error)
		error = set_evidence(&o, record);
	return error ? error : buf_error(out);
}

void signer_record_add_certificate(struct buf *record, struct view der)
{
	struct json_text o = {record, true};
	set_encoded(&o, "certificate", der, base64_encode);
}
