// The messages between roles: self-contained bytes, so that a role can stand on another machine.
//
// On the wire (one message, one or more SEQPACKET packets; ipc/channel.h):
//   u16 type, u64 id, then fields: u16 field, u32 length, bytes. All big-endian.
// A request's id is chosen by who asks; its answer bears the same. Each type has a table of the fields it must and may have, and which of them may
// repeat (message.c); what does not fit the table is XICA_EPARSE and ends the connection.
#pragma once
#include "base/arena.h"
#include "base/buf.h"

enum { IPC_MESSAGE_MAX = 64 * 1024 * 1024, IPC_FIELDS_MAX = 1 << 20 };

enum ipc_type {
	// parent -> any role. CONFIGURE comes first, once.
	IPC_CONFIGURE = 1,     // CONFIG, ROLE_INDEX, secrets a role needs: NONCE_KEY (front), RECEIPT_KEY (validator, signer)
	                       // TLS_CHAIN, TLS_KEY (front, when there is one); HTTPS_LISTENERS, HTTP_LISTENERS, METRICS_LISTENERS? (front: how many);
	                       // CRASH (this instance obeys the configuration's crash_at). Descriptors: front: the memory that fronts
	                       // share, https listeners, http listeners; registrar: the listening control socket; others: none; then, where METRICS says so, the memory of the metrics for all of them
	IPC_CONNECT = 2,       // PEER (a role's name), ROLE_INDEX (which one of them); descriptor: the socket to that peer. Replaces an earlier one
	IPC_SHUT_DOWN = 3,     // finish what is under way, then exit 0
	IPC_TLS_CERTIFICATE = 4, // front: TLS_CHAIN, TLS_KEY: from now on
	// any role -> parent
	IPC_READY = 10,        // locked in and serving

	// front -> registrar
	IPC_ACME_REQUEST = 20, // ENDPOINT, URL, then what there is: OBJECT, OBJECT_PART, ACCOUNT, THUMBPRINT (of the key that verified), JWK (newAccount, revokeCert),
	                       // PAYLOAD, JWS (whole, as sent), QUERY, REMOTE (address as text), REQUEST_ID
	IPC_ACCOUNT_KEY = 21,  // ACCOUNT
	IPC_SITE_REQUEST = 22, // HTTP_METHOD (a bit of enum http_method), URL (path from /api/ on), LANGUAGE ("en"), REMOTE, REQUEST_ID; QUERY, BODY (JSON), COOKIE
	                       // (the header's value), AGENT (User-Agent) where there are
	// registrar -> front
	IPC_HTTP_REPLY = 25,   // STATUS, CONTENT_TYPE?, BODY?, LOCATION?, LINK* (whole values), RETRY_AFTER? (seconds), SET_COOKIE* (whole values),
	                       // FILE_NAME? (the client is to keep it as a file of this name), RETRY_DATE? (Retry-After goes out as a date), DROP? (the connection is closed instead),
	                       // AHEAD* (whole messages of this type, each with the URL that it answers: what the client reads next)
	IPC_ACCOUNT_KEY_IS = 26, // ACCOUNT, JWK; without JWK: no such account. (Where nobody could look: IPC_HTTP_REPLY, for the client)
	IPC_PUBLISH = 27,      // unasked, on connecting and at each change: URL (path), CONTENT_TYPE, BODY or a descriptor of it (base/shared_bytes.h), TIME (last modified),
	                       // EXPIRES?. Without a body: no more; of "/", which is no document: all that there were have been handed over
	// OCSP. front -> registrar
	IPC_OCSP_REQUEST = 30, // BODY (an OCSPRequest that the front could read)
	// registrar -> front
	IPC_OCSP_RESPONSE = 31, // BODY (an OCSPResponse); where it may be kept: ISSUER (id), SHARD, THIS_UPDATE, NEXT_UPDATE
	IPC_OCSP_DROP = 32,    // unasked: ISSUER, SHARD: what was kept of these certificates holds no more
	IPC_RENEWAL_DROP = 33, // unasked: what was kept of renewal information holds no more
	IPC_BLOCKED_NETWORKS = 34, // unasked, on connecting and at each change: BODY (http/networks.h): all that are not answered
	IPC_AHEAD_DROP = 35,   // unasked: what came along with answers (AHEAD) holds no more

	// registrar -> validator. REQUEST_ID?, here and to the signer: of the request that it is done for, for the log
	IPC_VALIDATE = 40,     // CHALLENGE (its type's name), IDENTIFIER_TYPE, IDENTIFIER, WILDCARD, TOKEN, THUMBPRINT, ACCOUNT_URL, EXPIRES (of the receipt), CODE?,
	                       // FORMER_THUMBPRINTS? (one behind the other: of keys that the account had before), SUBDOMAINS? (1: and of the names below)
	IPC_CHECK_CAA = 41,    // IDENTIFIER_TYPE, IDENTIFIER, WILDCARD, THUMBPRINT, ACCOUNT_URL, METHOD
	// validator -> registrar
	IPC_VALIDATED = 45,    // RECEIPT (1 or 2: control, caa), DETAIL? (what was seen, for the log)
	IPC_INVALID = 46,      // PROBLEM (ACME error type without its URN), DETAIL (a sentence for the applicant), TRIES_LEFT?

	// registrar -> validator, email-01 alone
	IPC_CODE_SEND = 42,    // IDENTIFIER_TYPE, IDENTIFIER, WILDCARD, TOKEN, THUMBPRINT, ACCOUNT_URL, MAIL_TO (one of the addresses that challenge_email01 allows),
	                       // LANGUAGE, URL (of the page where the code can be confirmed; "CODE.DOMAIN" comes behind it): makes a code and sends it there
	IPC_LOOK = 43,         // IDENTIFIER (a domain): what is to be seen at its XMPP servers? Proves nothing
	// validator -> registrar
	IPC_LOOKED = 48,       // BODY: JSON (role/validator/look.c)
	IPC_CODE_SENT = 47,    // EXPIRES, TRIES_LEFT; or IPC_INVALID. (IPC_VALIDATE for email-01 bears CODE; IPC_INVALID for it TRIES_LEFT, as long as another may be tried:
	                       // 0 where no code is valid and another letter is needed)

	// registrar -> signer
	IPC_PREPARE = 60,      // PROFILE, CSR, JWS (finalize), JWK, RECEIPT*, KEY_CHANGE* (newest first), NOT_BEFORE?, NOT_AFTER?
	IPC_ISSUE = 61,        // TOKEN
	IPC_RECOVER = 62,      // SERIAL: was this one signed? TIME?: surely not before this, so that the search through the audit log may end there. The answer may come late, behind those to
	                       // later questions: a long log is searched meanwhile
	IPC_CRL_BEGIN = 63,    // ISSUER (its id), SHARD, NUMBER, THIS_UPDATE, NEXT_UPDATE; its id stays that of the whole CRL
	IPC_CRL_ENTRIES = 64,  // REVOKED* (20 bytes serial left-padded, u64 time, u8 reason)
	IPC_CRL_SIGN = 65,
	// signer -> registrar
	IPC_PREPARED = 70,     // TOKEN, SERIAL, TBS, ISSUER, SHARD, NOT_BEFORE, NOT_AFTER
	IPC_ISSUED = 71,       // SERIAL, CERTIFICATE, AUDIT_SIZE?, AUDIT_HASH? (where the audit log ends with it)
	IPC_NOT_ISSUED = 72,   // SERIAL
	IPC_CRL = 73,          // CRL, AUDIT_SIZE?, AUDIT_HASH?
	IPC_REFUSED = 74,      // PROBLEM (ACME error type), REASON (a word from pki/refusal.h), DETAIL

	// registrar -> signer: the audit log, for the operator's console
	IPC_AUDIT_READ = 66,   // OFFSET (bytes; the log's end where it is UINT64_MAX): the lines before it, newest last, as many as fit
	IPC_AUDIT_VERIFY = 67, // the whole chain of hashes
	IPC_AUDIT_NOTE = 68,   // BODY+: JSON objects, of an operator's act that is not an issuance, or of a revocation; answered by IPC_AUDIT_NOTED when all are on disk
	IPC_OCSP_SIGN = 69,    // ISSUER (its id), THIS_UPDATE, NEXT_UPDATE, NONCE?, OCSP_STATUS+ (u8 hash of the CertID, 64 bytes serial left-padded, u8 status, u64 time
	                       // of revocation, u8 reason: role/signer/ocsp.h)
	// signer -> registrar
	IPC_AUDIT_LINES = 75,  // OFFSET (of the first of these lines; 0: there are none before), BODY (whole lines)
	IPC_AUDIT_VERIFIED = 76, // NUMBER (lines), DETAIL? (what is wrong; absent: all is right)
	IPC_AUDIT_NOTED = 77,  // AUDIT_SIZE?, AUDIT_HASH?
	IPC_OCSP = 78,         // BODY (an OCSPResponse); or IPC_REFUSED

	// parent -> registrar: the operator's own issuance, by the evidence that the parent made (method operator)
	IPC_OPERATOR_ISSUE = 80, // as PREPARE
	// registrar -> parent
	IPC_OPERATOR_ISSUED = 85, // CERTIFICATE+ (DER: leaf, then its chain without the root) or PROBLEM, DETAIL

	// registrar -> login: is a person who they say?
	IPC_PASSWORD_HASH = 90,   // PASSWORD
	IPC_PASSWORD_CHECK = 91,  // PASSWORD, PASSWORD_HASH_TEXT (empty: there is none, and the answer takes as long)
	IPC_PASSKEY_REGISTER = 92, // NONCE (the challenge, raw), URL (origin), CLIENT_DATA, ATTESTATION (raw bytes, as the browser gave them)
	IPC_PASSKEY_CHECK = 93,   // NONCE, URL, CLIENT_DATA, AUTHENTICATOR_DATA, SIGNATURE, PASSKEY (public key as IPC_PASSKEY_IS gave it), NUMBER (its counter)
	// login -> registrar
	IPC_PASSWORD_IS = 95,     // PASSWORD_HASH_TEXT (a text that holds its own parameters); or IPC_LOGIN_IS: failed
	IPC_LOGIN_IS = 96,        // RESULT (enum ipc_login), NUMBER? (the passkey's new counter)
	IPC_PASSKEY_IS = 97,      // PASSKEY (public key, opaque bytes), CREDENTIAL (its id); or IPC_LOGIN_IS: wrong

	// registrar, validator -> mailer
	IPC_MAIL = 100,           // LETTER (its name in the catalogue), LANGUAGE, MAIL_TO, VALUE* ("name=text", for the letter's {{name}})
	// mailer -> registrar, validator
	IPC_MAILED = 105,         // RESULT (enum ipc_mailed), DETAIL? (the relay's words, for the operator)
};

// Old: the password is to be hashed anew, by newer parameters. Failed: nobody could look (too many wait, no memory).
enum ipc_login { IPC_LOGIN_WRONG = 1, IPC_LOGIN_RIGHT, IPC_LOGIN_RIGHT_BUT_OLD, IPC_LOGIN_FAILED };
enum ipc_mailed { IPC_MAILED_SENT = 1, IPC_MAILED_LATER, IPC_MAILED_NEVER };        // later: try again; never: refused for good

enum ipc_field {
	IPC_CONFIG = 1, IPC_ROLE_INDEX, IPC_PEER, IPC_NONCE_KEY, IPC_RECEIPT_KEY, IPC_TLS_CHAIN, IPC_TLS_KEY,
	IPC_HTTPS_LISTENERS, IPC_HTTP_LISTENERS, IPC_CRASH, IPC_METRICS, IPC_METRICS_LISTENERS,
	IPC_ENDPOINT = 20, IPC_URL, IPC_OBJECT, IPC_OBJECT_PART, IPC_ACCOUNT, IPC_THUMBPRINT, IPC_JWK, IPC_PAYLOAD, IPC_JWS, IPC_QUERY,
	IPC_REMOTE, IPC_REQUEST_ID,
	IPC_STATUS = 40, IPC_CONTENT_TYPE, IPC_BODY, IPC_LOCATION, IPC_LINK, IPC_RETRY_AFTER, IPC_TIME, IPC_EXPIRES,
	IPC_RETRY_DATE, IPC_DROP, IPC_AHEAD,
	IPC_CHALLENGE = 60, IPC_IDENTIFIER_TYPE, IPC_IDENTIFIER, IPC_WILDCARD, IPC_TOKEN, IPC_ACCOUNT_URL, IPC_METHOD, IPC_RECEIPT,
	IPC_PROBLEM, IPC_DETAIL, IPC_REASON,
	IPC_PROFILE = 80, IPC_CSR, IPC_KEY_CHANGE, IPC_NOT_BEFORE, IPC_NOT_AFTER, IPC_SERIAL, IPC_TBS, IPC_CERTIFICATE, IPC_ISSUER,
	IPC_SHARD, IPC_NUMBER, IPC_THIS_UPDATE, IPC_NEXT_UPDATE, IPC_REVOKED, IPC_CRL_DER, IPC_OFFSET, IPC_OCSP_STATUS,
	IPC_HTTP_METHOD = 110, IPC_LANGUAGE, IPC_COOKIE, IPC_AGENT, IPC_SET_COOKIE, IPC_FILE_NAME,
	IPC_PASSWORD = 120, IPC_PASSWORD_HASH_TEXT, IPC_NONCE, IPC_CLIENT_DATA, IPC_ATTESTATION, IPC_AUTHENTICATOR_DATA, IPC_SIGNATURE, IPC_PASSKEY,
	IPC_CREDENTIAL, IPC_RESULT,
	IPC_LETTER = 140, IPC_MAIL_TO, IPC_VALUE, IPC_CODE, IPC_TRIES_LEFT,
	IPC_FORMER_THUMBPRINTS = 150, IPC_SUBDOMAINS,
	IPC_AUDIT_SIZE = 155, IPC_AUDIT_HASH,
};

struct ipc_message {
	enum ipc_type type;
	uint64_t id;
	struct ipc_value *values; // in arena, by field; the values of one field in the order sent
	size_t count;
	const uint32_t *starts;   // index of each field's first value
};

struct ipc_value {
	enum ipc_field field;
	struct view bytes; // borrowed from what was parsed
};

// Reading: bytes is one whole message; checked against its type's table. The message's views point into bytes.
XICA_MUST_CHECK int ipc_message_parse(struct view bytes, struct arena *arena, struct ipc_message *ret_message);
// The type of a message of which perhaps not all is there. XICA_EAGAIN: too little is.
XICA_MUST_CHECK int ipc_message_peek(struct view bytes, enum ipc_type *ret_type);
// VIEW_NONE where the field is absent (an empty field has a non-NULL ptr).
struct view ipc_message_bytes(const struct ipc_message *message, enum ipc_field field);
bool ipc_message_has(const struct ipc_message *message, enum ipc_field field);
// The n-th of a field that repeats, from 0.
bool ipc_message_nth(const struct ipc_message *message, enum ipc_field field, size_t n, struct view *ret_bytes);
// Integers are 8 bytes big-endian, signed times too; XICA_ENOTFOUND, XICA_EPARSE.
XICA_MUST_CHECK int ipc_message_u64(const struct ipc_message *message, enum ipc_field field, uint64_t *ret_value);

// Writing: begin (clears the buffer), add fields; the buffer then holds one whole message.
void ipc_message_begin(struct buf *out, enum ipc_type type, uint64_t id);
void ipc_message_add(struct buf *out, enum ipc_field field, struct view bytes);
void ipc_message_add_str(struct buf *out, enum ipc_field field, const char *text); // NULL adds nothing
void ipc_message_add_u64(struct buf *out, enum ipc_field field, uint64_t value);

const char *ipc_type_text(enum ipc_type type); // for logs
size_t ipc_type_most(enum ipc_type type); // bytes of the longest message of this type, at most IPC_MESSAGE_MAX
bool ipc_type_has_descriptors(enum ipc_type type); // may descriptors come with it?
