#include "validate/acme_identifier.h"

#include "check.h"
#include "crypto/key.h"
#include "pki/der.h"

static const uint8_t DIGEST[CRYPTO_SHA256_LEN] = {7};

struct shape { // of a certificate; zero: the right one
	const char *oid;              // of acmeIdentifier; "": none
	bool uncritical, no_digest_tag, short_digest, second_digest, no_san, rfc822, foreign_issuer, foreign_key,
		san_again, identifier_again;
	const char *name, *second_name;
	uint8_t digest;
};

static void add_name(struct buf *out, const char *text)
{
	size_t name = der_open(out, DER_SEQUENCE), set = der_open(out, DER_SET), pair = der_open(out, DER_SEQUENCE);
	der_add_oid(out, OID_COMMON_NAME);
	der_add(out, DER_UTF8_STRING, view_str(text));
	der_close(out, pair);
	der_close(out, set);
	der_close(out, name);
}

static void add_san(struct buf *out, const struct shape *shape)
{
	size_t extension = der_open(out, DER_SEQUENCE);
	der_add_oid(out, OID_SUBJECT_ALT_NAME);
	size_t value = der_open(out, DER_OCTET_STRING), names = der_open(out, DER_SEQUENCE);
	der_add(out, DER_CONTEXT(shape->rfc822 ? 1 : 2), view_str(shape->name ? shape->name : "xmpp.example"));
	if (shape->second_name)
		der_add(out, DER_CONTEXT(2), view_str(shape->second_name));
	der_close(out, names);
	der_close(out, value);
	der_close(out, extension);
}

static void add_identifier(struct buf *out, const struct shape *shape)
{
	uint8_t digest[CRYPTO_SHA256_LEN] = {(uint8_t)(DIGEST[0] + shape->digest)};
	struct view bytes = view_bytes(digest, sizeof(digest) - shape->short_digest);
	size_t extension = der_open(out, DER_SEQUENCE);
	assert_int_equal(der_add_oid_text(out, shape->oid ? shape->oid : "1.3.6.1.5.5.7.1.31"), 0);
	if (!shape->uncritical)
		der_add_bool(out, true);
	size_t value = der_open(out, DER_OCTET_STRING);
	if (shape->no_digest_tag)
		buf_add(out, bytes);
	else
		der_add(out, DER_OCTET_STRING, bytes);
	if (shape->second_digest)
		der_add(out, DER_OCTET_STRING, bytes);
	der_close(out, value);
	der_close(out, extension);
}

static void add_algorithm(struct buf *out)
{
	size_t algorithm = der_open(out, DER_SEQUENCE);
	der_add_oid(out, OID_ECDSA_SHA256);
	der_close(out, algorithm);
}

static void add_tbs(struct buf *out, const struct shape *shape, const struct crypto_key *key)
{
	size_t tbs = der_open(out, DER_SEQUENCE), version = der_open(out, DER_CONTEXT_CONSTRUCTED(0));
	der_add_uint(out, 2);
	der_close(out, version);
	der_add_uint(out, 1);
	add_algorithm(out);
	add_name(out, shape->foreign_issuer ? "a CA" : "challenge");
	size_t validity = der_open(out, DER_SEQUENCE);
	der_add_time(out, 1700000000);
	der_add_time(out, 1900000000);
	der_close(out, validity);
	add_name(out, "challenge");
	assert_int_equal(crypto_key_to_spki(key, out), 0);
	size_t outer = der_open(out, DER_CONTEXT_CONSTRUCTED(3)), extensions = der_open(out, DER_SEQUENCE);
	if (!shape->no_san)
		add_san(out, shape);
	if (shape->san_again)
		add_san(out, &(struct shape){.name = "other.example"});
	if (!shape->oid || *shape->oid)
		add_identifier(out, shape);
	if (shape->identifier_again)
		add_identifier(out, &(struct shape){.digest = 1});
	der_close(out, extensions);
	der_close(out, outer);
	der_close(out, tbs);
}

static void build(struct buf *out, const struct shape *shape)
{
	cleanup_key *key = NULL, *other = NULL;
	cleanup_buf tbs = BUF_INIT, signature = BUF_INIT;
	assert_int_equal(crypto_key_generate(CRYPTO_KEY_P256, 0, &key), 0);
	assert_int_equal(crypto_key_generate(CRYPTO_KEY_P256, 0, &other), 0);
	add_tbs(&tbs, shape, key);
	assert_int_equal(crypto_sign(shape->foreign_key ? other : key, CRYPTO_SIG_ECDSA_SHA256, buf_view(&tbs), &signature), 0);
	size_t certificate = der_open(out, DER_SEQUENCE);
	buf_add(out, buf_view(&tbs));
	add_algorithm(out);
	der_add_bit_bytes(out, buf_view(&signature));
	der_close(out, certificate);
	assert_int_equal(buf_error(out), 0);
}

static void assert_check(struct shape shape, int error, const char *why)
{
	cleanup_buf der = BUF_INIT;
	const char *is = "";
	build(&der, &shape);
	assert_int_equal(acme_identifier_check(buf_view(&der), VIEW_LIT("xmpp.example"), DIGEST, &is), error);
	assert_string_equal(is, why);
}

static void the_certificate_of_rfc_8737_is_accepted(void **state)
{
	(void)state;
	assert_check((struct shape){0}, 0, "");
	assert_check((struct shape){.name = "XMPP.Example"}, 0, "");
}

static void a_certificate_for_another_name_is_refused(void **state)
{
	(void)state;
	assert_check((struct shape){.name = "www.xmpp.example"}, XICA_EDENIED, "is for another name");
	assert_check((struct shape){.name = "*.example"}, XICA_EDENIED, "is for another name");
	assert_check((struct shape){.name = ""}, XICA_EDENIED, "is for another name");
	assert_check((struct shape){.no_san = true}, XICA_EPARSE, "has no subjectAltName");
	assert_check((struct shape){.rfc822 = true}, XICA_EPARSE, "has no dNSName as its first subjectAltName");
}

static void two_names_are_refused_even_when_both_are_right(void **state)
{
	(void)state;
	assert_check((struct shape){.second_name = "other.example"}, XICA_EDENIED, "has more than one subjectAltName");
	assert_check((struct shape){.second_name = "xmpp.example"}, XICA_EDENIED, "has more than one subjectAltName");
}

static void an_extension_that_stands_there_twice_is_refused(void **state)
{
	(void)state;
	assert_check((struct shape){.san_again = true}, XICA_EPARSE, "has a second subjectAltName extension");
	assert_check((struct shape){.identifier_again = true}, XICA_EPARSE, "has a second acmeIdentifier extension");
}

static void the_obsolete_oid_is_refused(void **state)
{
	(void)state;
	assert_check((struct shape){.oid = "1.3.6.1.5.5.7.1.30.1"}, XICA_EPARSE, "has no acmeIdentifier extension (1.3.6.1.5.5.7.1.31)");
	assert_check((struct shape){.oid = "1.3.6.1.5.5.7.1.31.0"}, XICA_EPARSE, "has no acmeIdentifier extension (1.3.6.1.5.5.7.1.31)");
	assert_check((struct shape){.oid = ""}, XICA_EPARSE, "has no acmeIdentifier extension (1.3.6.1.5.5.7.1.31)");
}

static void the_extension_must_be_critical_and_hold_the_digest_alone(void **state)
{
	(void)state;
	assert_check((struct shape){.uncritical = true}, XICA_EPARSE, "has an acmeIdentifier extension that isn't critical");
	assert_check((struct shape){.no_digest_tag = true}, XICA_EPARSE, "has an acmeIdentifier extension that is no SHA-256 digest");
	assert_check((struct shape){.short_digest = true}, XICA_EPARSE, "has an acmeIdentifier extension that is no SHA-256 digest");
	assert_check((struct shape){.second_digest = true}, XICA_EPARSE, "has an acmeIdentifier extension that is no SHA-256 digest");
	assert_check((struct shape){.digest = 1}, XICA_EDENIED, "has the digest of another key authorization");
}

static void a_certificate_that_somebody_else_signed_is_refused(void **state)
{
	(void)state;
	assert_check((struct shape){.foreign_issuer = true}, XICA_EPARSE, "isn't self-signed");
	assert_check((struct shape){.foreign_key = true}, XICA_EPARSE, "doesn't bear a signature of its own key");
}

static void no_part_of_a_certificate_is_one(void **state)
{
	(void)state;
	cleanup_buf der = BUF_INIT;
	const char *why = NULL;
	build(&der, &(struct shape){0});
	for (size_t len = 0; len < der.len; len++)
		assert_int_equal(acme_identifier_check(view_sub(buf_view(&der), 0, len), VIEW_LIT("xmpp.example"), DIGEST, &why), XICA_EPARSE);
	buf_add_byte(&der, 0);
	assert_int_equal(acme_identifier_check(buf_view(&der), VIEW_LIT("xmpp.example"), DIGEST, &why), XICA_EPARSE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_certificate_of_rfc_8737_is_accepted),
		cmocka_unit_test(a_certificate_for_another_name_is_refused),
		cmocka_unit_test(two_names_are_refused_even_when_both_are_right),
		cmocka_unit_test(an_extension_that_stands_there_twice_is_refused),
		cmocka_unit_test(the_obsolete_oid_is_refused),
		cmocka_unit_test(the_extension_must_be_critical_and_hold_the_digest_alone),
		cmocka_unit_test(a_certificate_that_somebody_else_signed_is_refused),
		cmocka_unit_test(no_part_of_a_certificate_is_one),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
