#include "ipc/message.h"

#include <string.h>

enum { FIELD_END = IPC_AUDIT_HASH + 1, TYPE_END = IPC_MAILED + 1, HEAD_LEN = 10, FIELD_HEAD_LEN = 6 };

enum times { NEVER, ONCE, AT_MOST_ONCE, ANY, AT_LEAST_ONCE };

// What a message of one type is made of. A field that the table does not name must not be in it.
struct type_rule {
	const char *text;
	bool descriptors;
	uint8_t times[FIELD_END]; // enum times
};

#define PREPARE_FIELDS                                                                                                     \
	[IPC_PROFILE] = ONCE, [IPC_CSR] = ONCE, [IPC_JWS] = ONCE, [IPC_JWK] = ONCE, [IPC_RECEIPT] = ANY,                  \
	[IPC_KEY_CHANGE] = ANY, [IPC_NOT_BEFORE] = AT_MOST_ONCE, [IPC_NOT_AFTER] = AT_MOST_ONCE,                             \
	[IPC_REQUEST_ID] = AT_MOST_ONCE

#define AUDIT_HEAD_FIELDS [IPC_AUDIT_SIZE] = AT_MOST_ONCE, [IPC_AUDIT_HASH] = AT_MOST_ONCE
#define IDENTIFIER_FIELDS [IPC_IDENTIFIER_TYPE] = ONCE, [IPC_IDENTIFIER] = ONCE, [IPC_WILDCARD] = ONCE

static const struct type_rule RULES[TYPE_END] = {
	[IPC_CONFIGURE] = {"configure", true, {[IPC_CONFIG] = ONCE, [IPC_ROLE_INDEX] = ONCE, [IPC_NONCE_KEY] = AT_MOST_ONCE,
		[IPC_RECEIPT_KEY] = AT_MOST_ONCE, [IPC_TLS_CHAIN] = AT_MOST_ONCE, [IPC_TLS_KEY] = AT_MOST_ONCE,
		[IPC_HTTPS_LISTENERS] = AT_MOST_ONCE, [IPC_HTTP_LISTENERS] = AT_MOST_ONCE, [IPC_METRICS] = AT_MOST_ONCE, [IPC_METRICS_LISTENERS] = AT_MOST_ONCE,
		[IPC_CRASH] = AT_MOST_ONCE}},
	[IPC_CONNECT] = {"connect", true, {[IPC_PEER] = ONCE, [IPC_ROLE_INDEX] = ONCE}},
	[IPC_SHUT_DOWN] = {"shut-down", false, {0}},
	[IPC_TLS_CERTIFICATE] = {"tls-certificate", false, {[IPC_TLS_CHAIN] = ONCE, [IPC_TLS_KEY] = ONCE}},
	[IPC_READY] = {"ready", false, {0}},

	[IPC_ACME_REQUEST] = {"acme-request", false, {[IPC_ENDPOINT] = ONCE, [IPC_URL] = ONCE, [IPC_OBJECT] = AT_MOST_ONCE,
		[IPC_OBJECT_PART] = AT_MOST_ONCE, [IPC_ACCOUNT] = AT_MOST_ONCE, [IPC_THUMBPRINT] = AT_MOST_ONCE, [IPC_JWK] = AT_MOST_ONCE,
		[IPC_PAYLOAD] = AT_MOST_ONCE, [IPC_JWS] = AT_MOST_ONCE, [IPC_QUERY] = AT_MOST_ONCE, [IPC_REMOTE] = AT_MOST_ONCE,
		[IPC_REQUEST_ID] = AT_MOST_ONCE}},
	[IPC_SITE_REQUEST] = {"site-request", false, {[IPC_HTTP_METHOD] = ONCE, [IPC_URL] = ONCE, [IPC_LANGUAGE] = ONCE, [IPC_REMOTE] = ONCE,
		[IPC_REQUEST_ID] = ONCE, [IPC_QUERY] = AT_MOST_ONCE, [IPC_BODY] = AT_MOST_ONCE, [IPC_COOKIE] = AT_MOST_ONCE,
		[IPC_AGENT] = AT_MOST_ONCE}},
	[IPC_ACCOUNT_KEY] = {"account-key", false, {[IPC_ACCOUNT] = ONCE}},
	[IPC_HTTP_REPLY] = {"http-reply", false, {[IPC_STATUS] = ONCE, [IPC_CONTENT_TYPE] = AT_MOST_ONCE, [IPC_BODY] = AT_MOST_ONCE,
		[IPC_LOCATION] = AT_MOST_ONCE, [IPC_LINK] = ANY, [IPC_RETRY_AFTER] = AT_MOST_ONCE, [IPC_SET_COOKIE] = ANY,
		[IPC_FILE_NAME] = AT_MOST_ONCE, [IPC_RETRY_DATE] = AT_MOST_ONCE, [IPC_DROP] = AT_MOST_ONCE, [IPC_AHEAD] = ANY, [IPC_URL] = AT_MOST_ONCE}},
	[IPC_ACCOUNT_KEY_IS] = {"account-key-is", false, {[IPC_ACCOUNT] = ONCE, [IPC_JWK] = AT_MOST_ONCE}},
	[IPC_PUBLISH] = {"publish", true, {[IPC_URL] = ONCE, [IPC_CONTENT_TYPE] = AT_MOST_ONCE, [IPC_BODY] = AT_MOST_ONCE,
		[IPC_TIME] = AT_MOST_ONCE, [IPC_EXPIRES] = AT_MOST_ONCE}},
	[IPC_OCSP_REQUEST] = {"ocsp-request", false, {[IPC_BODY] = ONCE}},
	[IPC_OCSP_RESPONSE] = {"ocsp-response", false, {[IPC_BODY] = ONCE, [IPC_ISSUER] = AT_MOST_ONCE, [IPC_SHARD] = AT_MOST_ONCE,
		[IPC_THIS_UPDATE] = AT_MOST_ONCE, [IPC_NEXT_UPDATE] = AT_MOST_ONCE}},
	[IPC_OCSP_DROP] = {"ocsp-drop", false, {[IPC_ISSUER] = ONCE, [IPC_SHARD] = ONCE}},
	[IPC_RENEWAL_DROP] = {"renewal-drop", false, {0}},
	[IPC_AHEAD_DROP] = {"ahead-drop", false, {0}},
	[IPC_BLOCKED_NETWORKS] = {"blocked-networks", false, {[IPC_BODY] = ONCE}},

	[IPC_VALIDATE] = {"validate", false, {[IPC_CHALLENGE] = ONCE, IDENTIFIER_FIELDS, [IPC_TOKEN] = ONCE, [IPC_THUMBPRINT] = ONCE,
		[IPC_ACCOUNT_URL] = ONCE, [IPC_EXPIRES] = ONCE, [IPC_CODE] = AT_MOST_ONCE, [IPC_FORMER_THUMBPRINTS] = AT_MOST_ONCE,
		[IPC_SUBDOMAINS] = AT_MOST_ONCE, [IPC_REQUEST_ID] = AT_MOST_ONCE}},
	[IPC_CODE_SEND] = {"code-send", false, {IDENTIFIER_FIELDS, [IPC_TOKEN] = ONCE, [IPC_THUMBPRINT] = ONCE, [IPC_ACCOUNT_URL] = ONCE,
		[IPC_MAIL_TO] = ONCE, [IPC_LANGUAGE] = ONCE, [IPC_URL] = ONCE, [IPC_REQUEST_ID] = AT_MOST_ONCE}},
	[IPC_LOOK] = {"look", false, {[IPC_IDENTIFIER] = ONCE}},
	[IPC_LOOKED] = {"looked", false, {[IPC_BODY] = ONCE}},
	[IPC_CODE_SENT] = {"code-sent", false, {[IPC_EXPIRES] = ONCE, [IPC_TRIES_LEFT] = ONCE}},
	[IPC_CHECK_CAA] = {"check-caa", false, {IDENTIFIER_FIELDS, [IPC_THUMBPRINT] = ONCE, [IPC_ACCOUNT_URL] = ONCE,
		[IPC_METHOD] = ONCE, [IPC_REQUEST_ID] = AT_MOST_ONCE}},
	[IPC_VALIDATED] = {"validated", false, {[IPC_RECEIPT] = AT_LEAST_ONCE, [IPC_DETAIL] = AT_MOST_ONCE}},
	[IPC_INVALID] = {"invalid", false, {[IPC_PROBLEM] = ONCE, [IPC_DETAIL] = ONCE, [IPC_TRIES_LEFT] = AT_MOST_ONCE}},

	[IPC_PREPARE] = {"prepare", false, {PREPARE_FIELDS}},
	[IPC_ISSUE] = {"issue", false, {[IPC_TOKEN] = ONCE, [IPC_REQUEST_ID] = AT_MOST_ONCE}},
	[IPC_RECOVER] = {"recover", false, {[IPC_SERIAL] = ONCE, [IPC_TIME] = AT_MOST_ONCE, [IPC_REQUEST_ID] = AT_MOST_ONCE}},
	[IPC_CRL_BEGIN] = {"crl-begin", false, {[IPC_ISSUER] = ONCE, [IPC_SHARD] = ONCE, [IPC_NUMBER] = ONCE, [IPC_THIS_UPDATE] = ONCE,
		[IPC_NEXT_UPDATE] = ONCE}},
	[IPC_CRL_ENTRIES] = {"crl-entries", false, {[IPC_REVOKED] = ANY}},
	[IPC_CRL_SIGN] = {"crl-sign", false, {0}},
	[IPC_AUDIT_READ] = {"audit-read", false, {[IPC_OFFSET] = ONCE}},
	[IPC_AUDIT_VERIFY] = {"audit-verify", false, {0}},
	[IPC_AUDIT_NOTE] = {"audit-note", false, {[IPC_BODY] = AT_LEAST_ONCE}},
	[IPC_AUDIT_LINES] = {"audit-lines", false, {[IPC_OFFSET] = ONCE, [IPC_BODY] = ONCE}},
	[IPC_AUDIT_VERIFIED] = {"audit-verified", false, {[IPC_NUMBER] = ONCE, [IPC_DETAIL] = AT_MOST_ONCE}},
	[IPC_AUDIT_NOTED] = {"audit-noted", false, {AUDIT_HEAD_FIELDS}},
	[IPC_OCSP_SIGN] = {"ocsp-sign", false, {[IPC_ISSUER] = ONCE, [IPC_THIS_UPDATE] = ONCE, [IPC_NEXT_UPDATE] = ONCE, [IPC_NONCE] = AT_MOST_ONCE,
		[IPC_OCSP_STATUS] = AT_LEAST_ONCE}},
	[IPC_OCSP] = {"ocsp", false, {[IPC_BODY] = ONCE}},
	[IPC_PREPARED] = {"prepared", false, {[IPC_TOKEN] = ONCE, [IPC_SERIAL] = ONCE, [IPC_TBS] = ONCE, [IPC_ISSUER] = ONCE,
		[IPC_SHARD] = ONCE, [IPC_NOT_BEFORE] = ONCE, [IPC_NOT_AFTER] = ONCE}},
	[IPC_ISSUED] = {"issued", false, {[IPC_SERIAL] = ONCE, [IPC_CERTIFICATE] = ONCE, AUDIT_HEAD_FIELDS}},
	[IPC_NOT_ISSUED] = {"not-issued", false, {[IPC_SERIAL] = ONCE}},
	[IPC_CRL] = {"crl", false, {[IPC_CRL_DER] = ONCE, AUDIT_HEAD_FIELDS}},
	[IPC_REFUSED] = {"refused", false, {[IPC_PROBLEM] = ONCE, [IPC_REASON] = ONCE, [IPC_DETAIL] = ONCE}},

	[IPC_OPERATOR_ISSUE] = {"operator-issue", false, {PREPARE_FIELDS}},
	[IPC_OPERATOR_ISSUED] = {"operator-issued", false, {[IPC_CERTIFICATE] = ANY, [IPC_PROBLEM] = AT_MOST_ONCE,
		[IPC_DETAIL] = AT_MOST_ONCE}},

	[IPC_PASSWORD_HASH] = {"password-hash", false, {[IPC_PASSWORD] = ONCE}},
	[IPC_PASSWORD_CHECK] = {"password-check", false, {[IPC_PASSWORD] = ONCE, [IPC_PASSWORD_HASH_TEXT] = ONCE}},
	[IPC_PASSKEY_REGISTER] = {"passkey-register", false, {[IPC_NONCE] = ONCE, [IPC_URL] = ONCE, [IPC_CLIENT_DATA] = ONCE, [IPC_ATTESTATION] = ONCE}},
	[IPC_PASSKEY_CHECK] = {"passkey-check", false, {[IPC_NONCE] = ONCE, [IPC_URL] = ONCE, [IPC_CLIENT_DATA] = ONCE, [IPC_AUTHENTICATOR_DATA] = ONCE,
		[IPC_SIGNATURE] = ONCE, [IPC_PASSKEY] = ONCE, [IPC_NUMBER] = ONCE}},
	[IPC_PASSWORD_IS] = {"password-is", false, {[IPC_PASSWORD_HASH_TEXT] = ONCE}},
	[IPC_LOGIN_IS] = {"login-is", false, {[IPC_RESULT] = ONCE, [IPC_NUMBER] = AT_MOST_ONCE}},
	[IPC_PASSKEY_IS] = {"passkey-is", false, {[IPC_PASSKEY] = ONCE, [IPC_CREDENTIAL] = ONCE}},

	[IPC_MAIL] = {"mail", false, {[IPC_LETTER] = ONCE, [IPC_LANGUAGE] = ONCE, [IPC_MAIL_TO] = ONCE, [IPC_VALUE] = ANY}},
	[IPC_MAILED] = {"mailed", false, {[IPC_RESULT] = ONCE, [IPC_DETAIL] = AT_MOST_ONCE}},
};

static const struct type_rule *rule_of(unsigned type)
{
	return type < TYPE_END && RULES[type].text ? &RULES[type] : NULL;
}

const char *ipc_type_text(enum ipc_type type)
{
	const struct type_rule *rule = rule_of(type);
	return rule ? rule->text : "unknown";
}

bool ipc_type_has_descriptors(enum ipc_type type)
{
	const struct type_rule *rule = rule_of(type);
	return rule && rule->descriptors;
}

static uint64_t big_endian(const uint8_t *at, size_t len)
{
	uint64_t value = 0;
	for (size_t i = 0; i < len; i++)
		value = value << 8 | at[i];
	return value;
}

// The field at *from; moves *from behind it.
static int next_field(struct view bytes, size_t *from, unsigned *ret_field, struct view *ret_value)
{
	if (bytes.len - *from < FIELD_HEAD_LEN)
		return XICA_EPARSE;
	unsigned field = (unsigned)big_endian(bytes.ptr + *from, 2);
	size_t len = big_endian(bytes.ptr + *from + 2, 4);
	if (field >= FIELD_END || len > bytes.len - *from - FIELD_HEAD_LEN)
		return XICA_EPARSE;
	*ret_field = field;
	*ret_value = view_bytes(bytes.ptr + *from + FIELD_HEAD_LEN, len);
	*from += FIELD_HEAD_LEN + len;
	return XICA_OK;
}

static bool fits(enum times times, size_t count)
{
	switch (times) {
	case NEVER: return count == 0;
	case ONCE: return count == 1;
	case AT_MOST_ONCE: return count <= 1;
	case ANY: return true;
	case AT_LEAST_ONCE: return count >= 1;
	}
	return false;
}

// How often each field is there; XICA_EPARSE where the type's table does not allow it.
static int count_fields(struct view bytes, const struct type_rule *rule, size_t counts[FIELD_END], size_t *ret_total)
{
	size_t total = 0;
	for (size_t at = HEAD_LEN; at < bytes.len; total++) {
		unsigned field;
		struct view value;
		if (total == IPC_FIELDS_MAX || next_field(bytes, &at, &field, &value))
			return XICA_EPARSE;
		counts[field]++;
	}
	for (unsigned field = 0; field < FIELD_END; field++)
		if (!fits((enum times)rule->times[field], counts[field]))
			return XICA_EPARSE;
	*ret_total = total;
	return XICA_OK;
}

size_t ipc_type_most(enum ipc_type type)
{
	switch ((int)type) {
	case IPC_PUBLISH: // a CRL of a million entries
	case IPC_CRL_ENTRIES:
	case IPC_CRL: return IPC_MESSAGE_MAX;
	case IPC_CONFIGURE: // a configuration, a chain and a key of 1 MiB each
	case IPC_TLS_CERTIFICATE:
	case IPC_PREPARE: // two receipts for each of a thousand names, and requests that changed keys
	case IPC_OPERATOR_ISSUE:
	case IPC_PREPARED: // and what is made of that
	case IPC_ISSUED:
	case IPC_OPERATOR_ISSUED:
	case IPC_AUDIT_LINES: // one line of 1 MiB at least
	case IPC_LOOKED: // a dozen chains
	case IPC_HTTP_REPLY: return 8 * 1024 * 1024;
	default: return 512 * 1024; // a request of 64 KiB with all that is said about it
	}
}

int ipc_message_peek(struct view bytes, enum ipc_type *ret_type)
{
	if (bytes.len < 2)
		return XICA_EAGAIN;
	*ret_type = (enum ipc_type)big_endian(bytes.ptr, 2);
	return XICA_OK;
}

// Two passes: the first counts, so that the second can put every field's values side by side, and looking one up costs nothing.
int ipc_message_parse(struct view bytes, struct arena *arena, struct ipc_message *ret_message)
{
	if (bytes.len < HEAD_LEN || bytes.len > IPC_MESSAGE_MAX)
		return XICA_EPARSE;
	unsigned type = (unsigned)big_endian(bytes.ptr, 2);
	const struct type_rule *rule = rule_of(type);
	size_t counts[FIELD_END] = {0}, total;
	if (!rule || count_fields(bytes, rule, counts, &total))
		return XICA_EPARSE;

	struct ipc_value *values = arena_array(arena, total + 1, sizeof(*values));
	uint32_t *starts = arena_array(arena, FIELD_END + 1, sizeof(*starts));
	if (!values || !starts)
		return XICA_ENOMEM;
	size_t next[FIELD_END];
	for (unsigned field = 0; field < FIELD_END; field++) {
		next[field] = starts[field];
		starts[field + 1] = starts[field] + (uint32_t)counts[field];
	}
	for (size_t at = HEAD_LEN; at < bytes.len;) {
		unsigned field;
		struct view value;
		if (next_field(bytes, &at, &field, &value))
			return XICA_EPARSE;
		values[next[field]++] = (struct ipc_value){(enum ipc_field)field, value};
	}
	*ret_message = (struct ipc_message){(enum ipc_type)type, big_endian(bytes.ptr + 2, 8), values, total, starts};
	return XICA_OK;
}

bool ipc_message_nth(const struct ipc_message *message, enum ipc_field field, size_t n, struct view *ret_bytes)
{
	if (n >= message->starts[field + 1] - message->starts[field])
		return false;
	*ret_bytes = message->values[message->starts[field] + n].bytes;
	return true;
}

struct view ipc_message_bytes(const struct ipc_message *message, enum ipc_field field)
{
	struct view bytes;
	return ipc_message_nth(message, field, 0, &bytes) ? bytes : VIEW_NONE;
}

bool ipc_message_has(const struct ipc_message *message, enum ipc_field field)
{
	struct view bytes;
	return ipc_message_nth(message, field, 0, &bytes);
}

int ipc_message_u64(const struct ipc_message *message, enum ipc_field field, uint64_t *ret_value)
{
	struct view bytes;
	if (!ipc_message_nth(message, field, 0, &bytes))
		return XICA_ENOTFOUND;
	if (bytes.len != 8)
		return XICA_EPARSE;
	*ret_value = big_endian(bytes.ptr, 8);
	return XICA_OK;
}

void ipc_message_begin(struct buf *out, enum ipc_type type, uint64_t id)
{
	buf_clear(out);
	buf_add_u16(out, (uint16_t)type);
	buf_add_u64(out, id);
}

void ipc_message_add(struct buf *out, enum ipc_field field, struct view bytes)
{
	if (bytes.len > IPC_MESSAGE_MAX) {
		out->failed = true;
		return;
	}
	buf_add_u16(out, (uint16_t)field);
	buf_add_u32(out, (uint32_t)bytes.len);
	buf_add(out, bytes);
}

void ipc_message_add_str(struct buf *out, enum ipc_field field, const char *text)
{
	if (text)
		ipc_message_add(out, field, view_str(text));
}

void ipc_message_add_u64(struct buf *out, enum ipc_field field, uint64_t value)
{
	buf_add_u16(out, (uint16_t)field);
	buf_add_u32(out, 8);
	buf_add_u64(out, value);
}
