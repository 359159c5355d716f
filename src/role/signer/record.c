#include "role/signer/record.h"

#include "base/base64url.h"
#include "base/hex.h"
#include "jose/jws.h"

// --- values; NULL: no memory

// What we wrote ourselves need not be looked through for what is no UTF-8.
static json_t *ascii(struct buf *text)
{
	return buf_cstr(text) ? json_stringn_nocheck(buf_cstr(text), text->len) : NULL;
}

static json_t *time_json(xica_time time)
{
	cleanup_buf text = BUF_INIT;
	clock_add_rfc3339(&text, time);
	return ascii(&text);
}

static json_t *hex_json(struct view bytes)
{
	cleanup_buf text = BUF_INIT;
	hex_encode(&text, bytes);
	return ascii(&text);
}

static json_t *base64_json(struct view bytes)
{
	cleanup_buf text = BUF_INIT;
	base64_encode(&text, bytes);
	return ascii(&text);
}

static json_t *base64url_json(struct view bytes)
{
	cleanup_buf text = BUF_INIT;
	base64url_encode(&text, bytes);
	return ascii(&text);
}

// The three members that are signed or sign; whatever else stood there is not evidence. (The text was read before: it is JSON.)
static json_t *jws_json(struct view text)
{
	json_t *sent = jose_json_parse(text);
	json_t *kept = json_pack("{s:O, s:O, s:O}", "protected", json_object_get(sent, "protected"), "payload", json_object_get(sent, "payload"), "signature",
				 json_object_get(sent, "signature"));
	json_decref(sent);
	return kept;
}

// Appends, and takes the element's reference. False: no memory.
static bool append(json_t *list, json_t *element)
{
	return element && !json_array_append_new(list, element);
}

// --- lists

static json_t *identifiers_json(const struct signer_evidence *evidence, struct arena *arena)
{
	json_t *list = json_array();
	for (size_t i = 0; i < evidence->identifier_count; i++) {
		const struct pki_identifier *identifier = &evidence->identifiers[i];
		const char *text = pki_identifier_text(identifier, arena);
		json_t *entry = text ? json_pack("{s:s, s:s, s:s}", "type", pki_identifier_type_text(identifier->type), "value", text,
						 "method", receipt_method_text(evidence->methods[i])) : NULL;
		if (!append(list, entry)) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

static json_t *list_json(const struct view *list, size_t count, json_t *(*element)(struct view bytes))
{
	json_t *all = json_array();
	for (size_t i = 0; i < count; i++)
		if (!append(all, element(list[i]))) {
			json_decref(all);
			return NULL;
		}
	return all;
}

static json_t *evidence_json(const struct signer_record *record)
{
	const struct signer_request *request = record->request;
	json_t *evidence = json_pack("{s:o, s:o, s:o, s:o}", "checked", time_json(record->checked), "account_key", jose_json_parse(request->jwk), "finalize",
				     jws_json(request->finalize), "receipts", list_json(request->receipts, request->receipt_count, base64_json));
	if (evidence && request->key_change_count &&
	    json_object_set_new(evidence, "key_changes", list_json(request->key_changes, request->key_change_count, jws_json))) {
		json_decref(evidence);
		return NULL;
	}
	return evidence;
}

json_t *signer_record_write(const struct signer_record *record, struct arena *arena)
{
	const struct signer_evidence *evidence = record->evidence;
	return json_pack("{s:o, s:s, s:s, s:o, s:o, s:o, s:o}", "serial", hex_json(record->serial), "issuer", record->issuer, "profile", evidence->profile->name,
			 "account", base64url_json(view_bytes(evidence->account.thumbprint, CRYPTO_SHA256_LEN)), "not_after", time_json(record->not_after),
			 "identifiers", identifiers_json(evidence, arena), "evidence", evidence_json(record));
}
