#include "validate/receipt.h"

#include "check.h"

static const uint8_t KEY[RECEIPT_KEY_LEN] = {1, 2, 3};
static const uint8_t OTHER_KEY[RECEIPT_KEY_LEN] = {1, 2, 4};

static struct view key(void)
{
	return view_bytes(KEY, sizeof(KEY));
}

static struct receipt control(void)
{
	struct receipt receipt = {
		.kind = RECEIPT_CONTROL,
		.method = RECEIPT_DNS_01,
		.identifier = {.type = PKI_IDENTIFIER_DNS, .value = VIEW_LIT("xmpp.example"), .wildcard = true},
		.perspectives = 1,
		.seen = 1767225600,
		.expires = 1767225600 + 7 * XICA_DAY,
	};
	memset(receipt.thumbprint, 0xab, sizeof(receipt.thumbprint));
	return receipt;
}

static void what_was_written_is_read_back(void **state)
{
	(void)state;
	struct receipt before = control(), after;
	cleanup_buf out = BUF_INIT;
	buf_add_str(&out, "x"); // appended, not overwritten
	assert_int_equal(receipt_write(&before, key(), &out), 0);
	assert_int_equal(receipt_read(view_sub(buf_view(&out), 1, out.len), key(), &after), 0);
	assert_int_equal(after.kind, RECEIPT_CONTROL);
	assert_int_equal(after.method, RECEIPT_DNS_01);
	assert_int_equal(after.identifier.type, PKI_IDENTIFIER_DNS);
	assert_true(after.identifier.wildcard);
	assert_view(after.identifier.value, "xmpp.example");
	assert_int_equal(after.perspectives, 1);
	assert_int_equal(after.seen, before.seen);
	assert_int_equal(after.expires, before.expires);
	assert_memory_equal(after.thumbprint, before.thumbprint, sizeof(after.thumbprint));
}

static void a_receipt_for_the_names_below_says_so_and_is_of_control_of_a_domain(void **state)
{
	(void)state;
	struct receipt receipt = control(), after;
	cleanup_buf out = BUF_INIT, plain = BUF_INIT, refused = BUF_INIT;
	receipt.identifier.wildcard = false;
	assert_int_equal(receipt_write(&receipt, key(), &plain), 0);
	receipt.subdomains = true;
	assert_int_equal(receipt_write(&receipt, key(), &out), 0);
	assert_int_equal(receipt_read(buf_view(&out), key(), &after), 0);
	assert_true(after.subdomains);
	assert_false(after.identifier.wildcard);
	assert_int_equal(receipt_read(buf_view(&plain), key(), &after), 0);
	assert_false(after.subdomains);
	receipt.identifier.wildcard = true;
	assert_int_equal(receipt_write(&receipt, key(), &refused), XICA_EINVAL);
	receipt.identifier.wildcard = false;
	receipt.identifier.type = PKI_IDENTIFIER_SRV;
	assert_int_equal(receipt_write(&receipt, key(), &refused), XICA_EINVAL);
	receipt.identifier.type = PKI_IDENTIFIER_DNS;
	receipt.kind = RECEIPT_CAA;
	receipt.expires = receipt.seen + 60;
	assert_int_equal(receipt_write(&receipt, key(), &refused), XICA_EINVAL);
}

static void every_changed_bit_breaks_the_seal(void **state)
{
	(void)state;
	struct receipt receipt = control(), after;
	cleanup_buf out = BUF_INIT;
	assert_int_equal(receipt_write(&receipt, key(), &out), 0);
	for (size_t i = 0; i < out.len * 8; i++) {
		out.ptr[i / 8] ^= (uint8_t)(1 << i % 8);
		assert_int_equal(receipt_read(buf_view(&out), key(), &after), XICA_ESIG);
		out.ptr[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	assert_int_equal(receipt_read(buf_view(&out), view_bytes(OTHER_KEY, sizeof(OTHER_KEY)), &after), XICA_ESIG);
	assert_int_equal(receipt_read(buf_view(&out), VIEW_NONE, &after), XICA_EINVAL);
}

static void every_other_length_is_refused(void **state)
{
	(void)state;
	struct receipt receipt = control(), after;
	cleanup_buf out = BUF_INIT;
	assert_int_equal(receipt_write(&receipt, key(), &out), 0);
	for (size_t len = 0; len < out.len; len++) {
		assert_int_not_equal(receipt_read(view_sub(buf_view(&out), 0, len), key(), &after), 0);
		assert_int_equal(receipt_peek(view_sub(buf_view(&out), 0, len), &after), XICA_EPARSE);
	}
	buf_add_byte(&out, 0);
	assert_int_equal(receipt_read(buf_view(&out), key(), &after), XICA_ESIG);
	assert_int_equal(receipt_peek(buf_view(&out), &after), XICA_EPARSE);
}

// One byte of the body, changed and sealed again with the right key: malformed all the same.
static int read_resealed(size_t at, uint8_t byte)
{
	struct receipt receipt = control(), after;
	cleanup_buf out = BUF_INIT;
	assert_int_equal(receipt_write(&receipt, key(), &out), 0);
	out.ptr[at] = byte;
	size_t body = out.len - CRYPTO_SHA256_LEN;
	assert_int_equal(crypto_hmac_sha256(key(), view_sub(buf_view(&out), 0, body), out.ptr + body), 0);
	return receipt_read(buf_view(&out), key(), &after);
}

static void a_sealed_receipt_with_an_unknown_meaning_is_refused(void **state)
{
	(void)state;
	assert_int_equal(read_resealed(0, 'x'), 0);
	assert_int_equal(read_resealed(0, 'y'), XICA_EPARSE); // magic
	assert_int_equal(read_resealed(8, 2), XICA_EPARSE);   // version
	assert_int_equal(read_resealed(9, 0), XICA_EPARSE);   // kind
	assert_int_equal(read_resealed(9, 3), XICA_EPARSE);
	assert_int_equal(read_resealed(10, 0), XICA_EPARSE); // method
	assert_int_equal(read_resealed(10, RECEIPT_METHOD_LAST + 1), XICA_EPARSE);
	assert_int_equal(read_resealed(11, 0), XICA_EPARSE); // seen from nowhere
	assert_int_equal(read_resealed(12, 0), XICA_EPARSE); // identifier type
	assert_int_equal(read_resealed(12, 3), XICA_EPARSE);
	assert_int_equal(read_resealed(12, 2), XICA_EPARSE); // a wildcard service
	assert_int_equal(read_resealed(13, 3), XICA_EPARSE); // exact, wildcard, or with the names below
	assert_int_equal(read_resealed(13, 0xff), XICA_EPARSE);
	assert_int_equal(read_resealed(14, 0x80), XICA_EPARSE); // a time below zero
	assert_int_equal(read_resealed(22, 0x80), XICA_EPARSE);
	assert_int_equal(read_resealed(62, 11), XICA_EPARSE); // length
	assert_int_equal(read_resealed(63, 'X'), XICA_EPARSE); // upper case
	assert_int_equal(read_resealed(63, '*'), XICA_EPARSE);
	assert_int_equal(read_resealed(63, 0), XICA_EPARSE);
}

static void unsound_receipts_are_never_written(void **state)
{
	(void)state;
	cleanup_buf out = BUF_INIT;
	struct receipt receipt = control();
	receipt.kind = RECEIPT_CAA; // would live longer than 8 hours
	assert_int_equal(receipt_write(&receipt, key(), &out), XICA_EINVAL);
	receipt.expires = receipt.seen + RECEIPT_CAA_LIFETIME;
	assert_int_equal(receipt_write(&receipt, key(), &out), 0);
	receipt.expires = receipt.seen - 1;
	assert_int_equal(receipt_write(&receipt, key(), &out), XICA_EINVAL);
	receipt = control();
	receipt.identifier.value = VIEW_LIT("Xmpp.example");
	assert_int_equal(receipt_write(&receipt, key(), &out), XICA_EINVAL);
	receipt.identifier = (struct pki_identifier){PKI_IDENTIFIER_SRV, VIEW_LIT("_xmpp-server.xmpp.example"), false}; // its value is the domain
	assert_int_equal(receipt_write(&receipt, key(), &out), XICA_EINVAL);
	receipt.identifier.value = VIEW_LIT("xmpp.example");
	assert_int_equal(receipt_write(&receipt, key(), &out), 0);
	receipt.identifier.wildcard = true;
	assert_int_equal(receipt_write(&receipt, key(), &out), XICA_EINVAL);
	receipt.identifier.wildcard = false;
	receipt.identifier.value = VIEW_NONE;
	assert_int_equal(receipt_write(&receipt, key(), &out), XICA_EINVAL);
	receipt = control();
	receipt.perspectives = 0;
	assert_int_equal(receipt_write(&receipt, key(), &out), XICA_EINVAL);
	receipt = control();
	assert_int_equal(receipt_write(&receipt, view_bytes(KEY, 31), &out), XICA_EINVAL);
}

static void methods_have_one_name_each(void **state)
{
	(void)state;
	for (enum receipt_method method = RECEIPT_HTTP_01; method <= RECEIPT_METHOD_LAST; method++) {
		enum receipt_method parsed;
		assert_int_equal(receipt_method_parse(view_str(receipt_method_text(method)), &parsed), 0);
		assert_int_equal(parsed, method);
	}
	enum receipt_method untouched = RECEIPT_HTTP_01;
	assert_int_equal(receipt_method_parse(VIEW_LIT("http-02"), &untouched), XICA_ENOTFOUND);
	assert_int_equal(receipt_method_parse(VIEW_NONE, &untouched), XICA_ENOTFOUND);
	assert_null(receipt_method_text((enum receipt_method)0));
	assert_null(receipt_method_text((enum receipt_method)(RECEIPT_METHOD_LAST + 1)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_written_is_read_back),
		cmocka_unit_test(a_receipt_for_the_names_below_says_so_and_is_of_control_of_a_domain),
		cmocka_unit_test(every_changed_bit_breaks_the_seal),
		cmocka_unit_test(every_other_length_is_refused),
		cmocka_unit_test(a_sealed_receipt_with_an_unknown_meaning_is_refused),
		cmocka_unit_test(unsound_receipts_are_never_written),
		cmocka_unit_test(methods_have_one_name_each),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
