#include "site/passkey.h"

#include <fido.h>
#include <fido/eddsa.h>
#include <fido/es256.h>
#include <fido/rs256.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/key.h"
#include "site/cbor.h"
#include "site/passkey_parts.h"

// Authenticator data (§6.1): SHA-256 of the relying party's id, flags, counter, then what the flags announce.
enum { RP_ID_HASH_LEN = CRYPTO_SHA256_LEN, FLAGS_AT = RP_ID_HASH_LEN, COUNTER_AT, HEAD_LEN = COUNTER_AT + 4 };
enum { USER_PRESENT = 1 << 0, USER_VERIFIED = 1 << 2, ATTESTED_CREDENTIAL = 1 << 6, EXTENSIONS = 1 << 7, AAGUID_LEN = 16 };

// What is kept of a public key: this byte, then the key as libfido2 has it.
enum { KEPT_ES256 = 1, KEPT_EDDSA = 2, KEPT_RS256 = 3, ES256_LEN = 64, EDDSA_LEN = 32, RS256_LEN = 256 + 3 };

static const struct algorithm {
	uint8_t kept;
	int cose;
	size_t len;
} ALGORITHMS[] = {{KEPT_ES256, COSE_ES256, ES256_LEN}, {KEPT_EDDSA, COSE_EDDSA, EDDSA_LEN}, {KEPT_RS256, COSE_RS256, RS256_LEN}};

void passkey_init(void)
{
	fido_init(0);
}

static int check_head(const struct passkey_asked *asked, struct view data)
{
	char host[PASSKEY_HOST_MAX + 1];
	uint8_t hash[CRYPTO_SHA256_LEN];
	if (data.len < HEAD_LEN || data.len > PASSKEY_AUTHENTICATOR_DATA_MAX)
		return XICA_EPARSE;
	int error = passkey_host(asked->origin, host);
	if (!error)
		error = crypto_sha256(view_str(host), hash);
	if (error)
		return error;
	if (!crypto_equal(view_sub(data, 0, RP_ID_HASH_LEN), view_bytes(hash, sizeof(hash))))
		return XICA_EDENIED;
	uint8_t flags = data.ptr[FLAGS_AT];
	return (flags & USER_PRESENT) && (flags & USER_VERIFIED) ? XICA_OK : XICA_EDENIED;
}

// What the flags announce is there, whole, and nothing behind it. The reader behind libfido2 takes room for as much as a count promises, before it looks
// whether so much is there.
static int check_tail(struct view data, bool attested)
{
	uint8_t flags = data.ptr[FLAGS_AT];
	struct view rest = view_sub(data, HEAD_LEN, SIZE_MAX);
	int error = XICA_OK;
	if (!(flags & ATTESTED_CREDENTIAL) != !attested)
		return XICA_EPARSE;
	if (attested) {
		if (rest.len < AAGUID_LEN + 2)
			return XICA_EPARSE;
		size_t id_len = (size_t)rest.ptr[AAGUID_LEN] << 8 | rest.ptr[AAGUID_LEN + 1];
		rest = view_sub(rest, AAGUID_LEN + 2 + id_len, SIZE_MAX);
		error = cbor_skip(&rest);
	}
	if (!error && (flags & EXTENSIONS))
		error = cbor_skip(&rest);
	return error || rest.len ? XICA_EPARSE : XICA_OK;
}

// --- registration

// The attestation object (§6.5.4): a map of fmt, attStmt and authData, in any order, each once.
static int read_attestation(struct view object, struct view *ret_data)
{
	struct cbor_item map, key, value = {0};
	struct view data = VIEW_NONE, format = VIEW_NONE;
	int error = cbor_read(&object, &map);
	if (error || map.type != CBOR_MAP || map.number > 8)
		return XICA_EPARSE;
	for (uint64_t i = 0; i < map.number; i++) {
		if (cbor_read(&object, &key) || key.type != CBOR_TEXT)
			return XICA_EPARSE;
		struct view before = object;
		if (cbor_skip(&object))
			return XICA_EPARSE;
		struct view *const target = view_equal_str(key.bytes, "authData") ? &data : view_equal_str(key.bytes, "fmt") ? &format : NULL;
		if (!target)
			continue;
		if (target->ptr || cbor_read(&before, &value) || value.type != (target == &data ? CBOR_BYTES : CBOR_TEXT))
			return XICA_EPARSE;
		*target = value.bytes;
	}
	if (object.len || !data.ptr || !format.ptr)
		return XICA_EPARSE;
	*ret_data = data;
	return XICA_OK;
}

// A point that is on its curve, a modulus that is none of the weak ones' size: what libfido2 does not look at before the first use.
static int check_key(const struct algorithm *algorithm, struct view bytes)
{
	cleanup_key *key = NULL;
	if (bytes.len != algorithm->len)
		return XICA_EPARSE;
	int error = XICA_EUNSUPPORTED;
	if (algorithm->kept == KEPT_ES256)
		error = crypto_key_from_ec(CRYPTO_KEY_P256, view_sub(bytes, 0, 32), view_sub(bytes, 32, 32), &key);
	else if (algorithm->kept == KEPT_EDDSA)
		error = crypto_key_from_ed25519(bytes, &key);
	else
		error = crypto_key_from_rsa(view_sub(bytes, 0, 256), view_sub(bytes, 256, 3), &key);
	return error && error != XICA_ENOMEM ? XICA_EWEAK : error;
}

static int keep(const struct algorithm *algorithm, const fido_cred_t *made, struct buf *public_key_out, struct buf *credential_out)
{
	struct view key = view_bytes(fido_cred_pubkey_ptr(made), fido_cred_pubkey_len(made));
	struct view id = view_bytes(fido_cred_id_ptr(made), fido_cred_id_len(made));
	if (!id.ptr || !id.len || id.len > PASSKEY_CREDENTIAL_MAX)
		return XICA_EPARSE;
	int error = check_key(algorithm, key);
	if (error)
		return error;
	buf_add_byte(public_key_out, algorithm->kept);
	buf_add(public_key_out, key);
	buf_add(credential_out, id);
	error = buf_error(public_key_out);
	return error ? error : buf_error(credential_out);
}

// libfido2 wants to know the algorithm before it reads the key that names it.
static int take_credential(struct view data, struct buf *public_key_out, struct buf *credential_out)
{
	for (size_t i = 0; i < sizeof(ALGORITHMS) / sizeof(ALGORITHMS[0]); i++) {
		fido_cred_t *made = fido_cred_new();
		if (!made)
			return XICA_ENOMEM;
		bool fits = fido_cred_set_type(made, ALGORITHMS[i].cose) == FIDO_OK && fido_cred_set_authdata_raw(made, data.ptr, data.len) == FIDO_OK;
		int error = fits ? keep(&ALGORITHMS[i], made, public_key_out, credential_out) : XICA_EUNSUPPORTED;
		fido_cred_free(&made);
		if (error != XICA_EUNSUPPORTED)
			return error;
	}
	return XICA_EUNSUPPORTED;
}

int passkey_register(const struct passkey_asked *asked, struct view client_data, struct view attestation, struct buf *public_key_out,
		     struct buf *credential_out)
{
	struct view data;
	int error = passkey_check_client_data(asked, "webauthn.create", client_data);
	if (!error)
		error = attestation.len <= PASSKEY_ATTESTATION_MAX ? read_attestation(attestation, &data) : XICA_EPARSE;
	if (!error)
		error = check_head(asked, data);
	if (!error)
		error = check_tail(data, true);
	return error ? error : take_credential(data, public_key_out, credential_out);
}

// --- use

static const struct algorithm *algorithm_of(struct view kept)
{
	for (size_t i = 0; i < sizeof(ALGORITHMS) / sizeof(ALGORITHMS[0]); i++)
		if (kept.len == ALGORITHMS[i].len + 1 && kept.ptr[0] == ALGORITHMS[i].kept)
			return &ALGORITHMS[i];
	return NULL;
}

static int verify_by(const fido_assert_t *assertion, const struct algorithm *algorithm, struct view key)
{
	es256_pk_t *es256 = NULL;
	eddsa_pk_t *eddsa = NULL;
	rs256_pk_t *rs256 = NULL;
	int result = FIDO_ERR_INTERNAL;
	switch (algorithm->kept) {
	case KEPT_ES256:
		if ((es256 = es256_pk_new()) && (result = es256_pk_from_ptr(es256, key.ptr, key.len)) == FIDO_OK)
			result = fido_assert_verify(assertion, 0, algorithm->cose, es256);
		break;
	case KEPT_EDDSA:
		if ((eddsa = eddsa_pk_new()) && (result = eddsa_pk_from_ptr(eddsa, key.ptr, key.len)) == FIDO_OK)
			result = fido_assert_verify(assertion, 0, algorithm->cose, eddsa);
		break;
	default:
		if ((rs256 = rs256_pk_new()) && (result = rs256_pk_from_ptr(rs256, key.ptr, key.len)) == FIDO_OK)
			result = fido_assert_verify(assertion, 0, algorithm->cose, rs256);
		break;
	}
	es256_pk_free(&es256);
	eddsa_pk_free(&eddsa);
	rs256_pk_free(&rs256);
	return result == FIDO_OK ? XICA_OK : result == FIDO_ERR_INTERNAL ? XICA_ENOMEM : XICA_ESIG;
}

static int verify(const struct passkey_asked *asked, const struct passkey_assertion *given, const struct algorithm *algorithm)
{
	char host[PASSKEY_HOST_MAX + 1];
	uint8_t hash[CRYPTO_SHA256_LEN];
	int error = passkey_host(asked->origin, host);
	if (!error)
		error = crypto_sha256(given->client_data, hash);
	fido_assert_t *assertion = error ? NULL : fido_assert_new();
	if (!assertion)
		return error ? error : XICA_ENOMEM;
	bool fits = fido_assert_set_rp(assertion, host) == FIDO_OK && fido_assert_set_clientdata_hash(assertion, hash, sizeof(hash)) == FIDO_OK &&
		    fido_assert_set_up(assertion, FIDO_OPT_TRUE) == FIDO_OK && fido_assert_set_uv(assertion, FIDO_OPT_TRUE) == FIDO_OK &&
		    fido_assert_set_count(assertion, 1) == FIDO_OK &&
		    fido_assert_set_authdata_raw(assertion, 0, given->authenticator_data.ptr, given->authenticator_data.len) == FIDO_OK &&
		    fido_assert_set_sig(assertion, 0, given->signature.ptr, given->signature.len) == FIDO_OK;
	error = fits ? verify_by(assertion, algorithm, view_sub(given->public_key, 1, SIZE_MAX)) : XICA_EPARSE;
	fido_assert_free(&assertion);
	return error;
}

int passkey_check(const struct passkey_asked *asked, const struct passkey_assertion *assertion, uint64_t *ret_counter)
{
	const struct algorithm *algorithm = algorithm_of(assertion->public_key);
	if (!algorithm)
		return XICA_EINVAL;
	int error = passkey_check_client_data(asked, "webauthn.get", assertion->client_data);
	if (!error)
		error = check_head(asked, assertion->authenticator_data);
	if (!error)
		error = check_tail(assertion->authenticator_data, false);
	if (!error)
		error = verify(asked, assertion, algorithm);
	if (error)
		return error;
	uint64_t counter = 0;
	for (size_t i = 0; i < 4; i++)
		counter = counter << 8 | assertion->authenticator_data.ptr[COUNTER_AT + i];
	if ((counter || assertion->counter) && counter <= assertion->counter) // §7.2 step 21
		return XICA_ECONFLICT;
	*ret_counter = counter;
	return XICA_OK;
}
