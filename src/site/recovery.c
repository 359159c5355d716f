// Recovery codes: 80 random bits each in base32, in groups of four. The database holds their hashes: with so many bits there is nothing to try out.
#include "base/base32.h"
#include "crypto/digest.h"
#include "site/second_factor.h"
#include "store/passkey.h"

enum { CODE_BYTES = 10, CODE_CHARACTERS = 16, GROUP = 4 };

static int hash_code(int64_t person, struct view characters, uint8_t ret_hash[STORE_HASH_LEN])
{
	cleanup_buf text = BUF_INIT;
	buf_addf(&text, "recovery %lld ", (long long)person);
	buf_add(&text, characters);
	int error = buf_error(&text);
	return error ? error : crypto_sha256(buf_view(&text), ret_hash);
}

static json_t *grouped(struct view characters)
{
	cleanup_buf text = BUF_INIT;
	for (size_t i = 0; i < characters.len; i++) {
		if (i && i % GROUP == 0)
			buf_add_byte(&text, '-');
		buf_add_byte(&text, characters.ptr[i]);
	}
	return json_string(buf_cstr(&text));
}

static int make_one(int64_t person, json_t *codes, uint8_t ret_hash[STORE_HASH_LEN])
{
	uint8_t bytes[CODE_BYTES];
	cleanup_buf characters = BUF_INIT;
	int error = crypto_random(bytes, sizeof(bytes));
	base32_encode(&characters, view_bytes(bytes, sizeof(bytes)));
	if (!error)
		error = hash_code(person, buf_view(&characters), ret_hash);
	if (error)
		return error;
	return json_array_append_new(codes, grouped(buf_view(&characters))) ? XICA_ENOMEM : XICA_OK;
}

int recovery_make(struct store_txn *txn, int64_t person, json_t **ret_codes)
{
	uint8_t hashes[RECOVERY_CODES][STORE_HASH_LEN];
	json_t *codes = json_array();
	int error = codes ? XICA_OK : XICA_ENOMEM;
	for (size_t i = 0; !error && i < RECOVERY_CODES; i++)
		error = make_one(person, codes, hashes[i]);
	if (!error)
		error = store_recovery_replace(txn, person, (const uint8_t(*)[STORE_HASH_LEN])hashes, RECOVERY_CODES);
	if (error) {
		json_decref(codes);
		return error;
	}
	*ret_codes = codes;
	return XICA_OK;
}

int recovery_make_first(struct store_txn *txn, int64_t person, json_t **ret_codes)
{
	size_t count = 0;
	int error = store_recovery_count(txn, person, &count);
	if (!error && !count)
		return recovery_make(txn, person, ret_codes);
	if (!error)
		*ret_codes = NULL;
	return error;
}

int recovery_take(struct store_txn *txn, int64_t person, struct view code)
{
	uint8_t characters[CODE_CHARACTERS], hash[STORE_HASH_LEN];
	size_t len = 0;
	for (size_t i = 0; i < code.len; i++) {
		uint8_t c = code.ptr[i];
		if (c == ' ' || c == '-')
			continue;
		if (len == sizeof(characters))
			return XICA_ENOTFOUND;
		characters[len++] = c >= 'a' && c <= 'z' ? (uint8_t)(c - 'a' + 'A') : c;
	}
	if (len != sizeof(characters))
		return XICA_ENOTFOUND;
	int error = hash_code(person, view_bytes(characters, len), hash);
	return error ? error : store_recovery_take(txn, person, hash);
}
