// OCSP requests, read within their bounds, and responses as OpenSSL reads them.
#include <stdlib.h>

#include "pki/crl.h"
#include "pki/extension.h"
#include "ocsp_ca.h"
#include "tool.h"

#define CORPUS TEST_VECTORS "/../fuzz/corpus/ocsp/"

static void read_corpus(const char *name, struct buf *der)
{
	cleanup_buf path = BUF_INIT;
	buf_addf(&path, "%s%s", CORPUS, name);
	assert_int_equal(file_read(buf_cstr(&path), 65536, der), 0);
}

static int parse_corpus(const char *name, struct buf *der, struct pki_ocsp_request *request)
{
	read_corpus(name, der);
	return pki_ocsp_request_parse(buf_view(der), request);
}

// --- requests by OpenSSL

static void a_request_by_sha1_is_read(void **state)
{
	static const uint8_t SERIAL[] = {0x10, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff, 0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99};
	struct pki_ocsp_request request;
	cleanup_buf der = BUF_INIT;
	(void)state;
	assert_int_equal(parse_corpus("sha1", &der, &request), 0);
	assert_int_equal(request.count, 1);
	assert_int_equal(request.nonce.len, 0);
	assert_int_equal(request.list[0].hash, PKI_OCSP_SHA1);
	assert_int_equal(request.list[0].name_hash.len, CRYPTO_SHA1_LEN);
	assert_true(view_equal(request.list[0].serial, view_bytes(SERIAL, sizeof(SERIAL))));
}

static void a_request_by_sha256_with_a_nonce_is_read(void **state)
{
	struct pki_ocsp_request request;
	cleanup_buf der = BUF_INIT;
	(void)state;
	assert_int_equal(parse_corpus("sha256-nonce", &der, &request), 0);
	assert_int_equal(request.list[0].hash, PKI_OCSP_SHA256);
	assert_int_equal(request.list[0].key_hash.len, CRYPTO_SHA256_LEN);
	assert_int_equal(request.nonce.len, 16);
}

static void several_in_one_keep_their_order_and_serials_lose_leading_zeros(void **state)
{
	struct pki_ocsp_request request;
	cleanup_buf der = BUF_INIT;
	(void)state;
	assert_int_equal(parse_corpus("several", &der, &request), 0);
	assert_int_equal(request.count, 3);
	assert_int_equal(request.list[0].hash, PKI_OCSP_SHA1);
	assert_int_equal(request.list[1].hash, PKI_OCSP_SHA256);
	assert_int_equal(request.list[1].serial.len, 1);
	assert_int_equal(request.list[1].serial.ptr[0], 0x80);
	assert_int_equal(request.list[2].serial.len, 0);
}

static void a_signed_request_and_one_by_another_digest_can_be_read(void **state)
{
	struct pki_ocsp_request request;
	cleanup_buf der = BUF_INIT, other = BUF_INIT;
	(void)state;
	assert_int_equal(parse_corpus("signed", &der, &request), 0);
	assert_int_equal(parse_corpus("sha512", &other, &request), 0);
	assert_int_equal(request.list[0].hash, PKI_OCSP_OTHER);
}

// --- requests of our own, with something wrong

struct shape {
	size_t count, nonce_len, serial_len;
	uint8_t first;        // of the serial
	bool nonce, critical; // critical: an extension that nobody knows
	bool behind;          // a byte behind the end
};

static void add_request_id(struct buf *out, const struct shape *shape)
{
	uint8_t zeros[CRYPTO_SHA1_LEN] = {0}, serial[PKI_OCSP_SERIAL_MAX + 1] = {0};
	serial[0] = shape->first;
	size_t one = der_open(out, DER_SEQUENCE), id = der_open(out, DER_SEQUENCE), algorithm = der_open(out, DER_SEQUENCE);
	der_add_oid(out, OID_SHA1);
	der_close(out, algorithm);
	der_add(out, DER_OCTET_STRING, view_bytes(zeros, sizeof(zeros)));
	der_add(out, DER_OCTET_STRING, view_bytes(zeros, sizeof(zeros)));
	der_add(out, DER_INTEGER, view_bytes(serial, shape->serial_len));
	der_close(out, id);
	der_close(out, one);
}

static void add_extensions(struct buf *out, const struct shape *shape)
{
	uint8_t nonce[256] = {1};
	size_t explicit_tag = der_open(out, DER_CONTEXT_CONSTRUCTED(2)), list = der_open(out, DER_SEQUENCE);
	struct pki_extension_mark mark = pki_extension_open(out, shape->nonce ? OID_OCSP_NONCE : OID_CRL_NUMBER, shape->critical);
	der_add(out, DER_OCTET_STRING, view_bytes(nonce, shape->nonce_len));
	pki_extension_close(out, mark);
	der_close(out, list);
	der_close(out, explicit_tag);
}

static int parse_shape(struct shape shape)
{
	struct pki_ocsp_request request;
	cleanup_buf der = BUF_INIT;
	size_t whole = der_open(&der, DER_SEQUENCE), tbs = der_open(&der, DER_SEQUENCE), list = der_open(&der, DER_SEQUENCE);
	for (size_t i = 0; i < shape.count; i++)
		add_request_id(&der, &shape);
	der_close(&der, list);
	if (shape.nonce || shape.critical)
		add_extensions(&der, &shape);
	der_close(&der, tbs);
	der_close(&der, whole);
	if (shape.behind)
		buf_add_byte(&der, 0);
	assert_int_equal(buf_error(&der), 0);
	return pki_ocsp_request_parse(buf_view(&der), &request);
}

static void a_request_has_its_bounds(void **state)
{
	(void)state;
	assert_int_equal(parse_shape((struct shape){.count = 1, .serial_len = PKI_OCSP_SERIAL_MAX, .first = 1}), 0);
	assert_int_equal(parse_shape((struct shape){.count = 1, .serial_len = PKI_OCSP_SERIAL_MAX + 1, .first = 1}), XICA_EPARSE);
	assert_int_equal(parse_shape((struct shape){.count = 1, .serial_len = 2, .first = 0x80}), XICA_EPARSE);
	assert_int_equal(parse_shape((struct shape){.count = 0}), XICA_EPARSE);
	assert_int_equal(parse_shape((struct shape){.count = PKI_OCSP_LIST_MAX, .serial_len = 1, .first = 1}), 0);
	assert_int_equal(parse_shape((struct shape){.count = PKI_OCSP_LIST_MAX + 1, .serial_len = 1, .first = 1}), XICA_EPARSE);
	assert_int_equal(parse_shape((struct shape){.count = 1, .serial_len = 1, .first = 1, .behind = true}), XICA_EPARSE);
}

static void a_nonce_is_from_1_to_128_bytes_long(void **state)
{
	(void)state;
	struct shape shape = {.count = 1, .serial_len = 1, .first = 1, .nonce = true, .nonce_len = 1};
	assert_int_equal(parse_shape(shape), 0);
	shape.nonce_len = 128;
	assert_int_equal(parse_shape(shape), 0);
	shape.nonce_len = 129;
	assert_int_equal(parse_shape(shape), XICA_EPARSE);
	shape.nonce_len = 0;
	assert_int_equal(parse_shape(shape), XICA_EPARSE);
}

static void a_critical_extension_that_is_unknown_is_refused(void **state)
{
	(void)state;
	assert_int_equal(parse_shape((struct shape){.count = 1, .serial_len = 1, .first = 1, .critical = true, .nonce_len = 1}), XICA_EPARSE);
}

static void what_is_no_request_is_refused_wherever_it_is_cut(void **state)
{
	struct pki_ocsp_request request;
	cleanup_buf der = BUF_INIT, response = BUF_INIT;
	(void)state;
	read_corpus("sha256-nonce", &der);
	for (size_t len = 0; len < der.len; len++)
		assert_int_equal(pki_ocsp_request_parse(view_bytes(der.ptr, len), &request), XICA_EPARSE);
	pki_ocsp_response_failure(&response, PKI_OCSP_TRY_LATER);
	assert_int_equal(pki_ocsp_request_parse(buf_view(&response), &request), XICA_EPARSE);
}

// --- responses

enum { FILES = 4 };
static char folder[] = "/tmp/xica-test-ocsp-XXXXXX", paths[FILES][64];
static const char *const NAMES[FILES] = {"root.pem", "request.der", "response.der", "other.pem"};
static struct ocsp_ca ca;

static int set_up(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	for (size_t i = 0; i < FILES; i++)
		(void)snprintf(paths[i], sizeof(paths[i]), "%s/%s", folder, NAMES[i]);
	ocsp_ca_make(&ca);
	tool_write_pem(paths[0], PEM_CERTIFICATE, buf_view(&ca.root));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	for (size_t i = 0; i < FILES; i++)
		(void)unlink(paths[i]);
	ocsp_ca_free(&ca);
	return rmdir(folder);
}

static void a_responder_is_not_appointed_for_longer_than_its_issuer(void **state)
{
	cleanup_buf certificate = BUF_INIT;
	(void)state;
	assert_int_equal(ocsp_ca_appoint(&ca, ca.key, ca.now - 60, ca.now + 365 * XICA_DAY + 1, &certificate), XICA_ERANGE);
}

// What OpenSSL asks for, answered so; then it is to verify that.
static int respond(const struct pki_ocsp_single *single, struct view nonce)
{
	struct pki_ocsp_response response = {&ca.names, view_bytes(ca.key_hash, sizeof(ca.key_hash)), ca.now, ca.now, ca.now + XICA_DAY, single, 1, nonce};
	cleanup_buf data = BUF_INIT, der = BUF_INIT;
	assert_int_equal(pki_ocsp_response_data(&response, &data), 0);
	assert_int_equal(pki_ocsp_response_sign(ca.responder_key, buf_view(&ca.responder), buf_view(&data), &der), 0);
	assert_int_equal(file_replace(paths[2], 0600, buf_view(&der)), 0);
	return tool("openssl", "ocsp", "-reqin", paths[1], "-no_nonce", "-CAfile", paths[0], "-respin", paths[2]);
}

static void openssl_takes_each_state_and_both_digests(void **state)
{
	static const uint8_t SERIAL = 77;
	struct pki_ocsp_single single = {PKI_OCSP_SHA1, view_bytes(&SERIAL, 1), PKI_OCSP_GOOD, 0, 0};
	struct pki_ocsp_request request;
	(void)state;
	for (int sha256 = 0; sha256 < 2; sha256++) {
		cleanup_buf der = BUF_INIT;
		assert_int_equal(tool("openssl", "ocsp", sha256 ? "-sha256" : "-sha1", "-issuer", paths[0], "-serial", "77", "-reqout", paths[1]), 0);
		assert_int_equal(file_read(paths[1], 65536, &der), 0);
		assert_int_equal(pki_ocsp_request_parse(buf_view(&der), &request), 0);
		assert_true(pki_ocsp_id_is_of(&request.list[0], &ca.names));
		single.hash = sha256 ? PKI_OCSP_SHA256 : PKI_OCSP_SHA1;
		assert_int_equal(request.list[0].hash, single.hash);
		single.status = PKI_OCSP_GOOD;
		assert_int_equal(respond(&single, request.nonce), 0);
		single.status = PKI_OCSP_UNKNOWN;
		assert_int_equal(respond(&single, request.nonce), 0);
		single = (struct pki_ocsp_single){single.hash, single.serial, PKI_OCSP_REVOKED, ca.now - 100, PKI_REASON_KEY_COMPROMISE};
		assert_int_equal(respond(&single, request.nonce), 0);
		assert_int_not_equal(respond(&single, VIEW_LIT("another nonce")), 0);
	}
}

static void what_has_no_place_in_a_response_is_refused(void **state)
{
	static const uint8_t SERIAL = 77;
	struct pki_ocsp_single single = {PKI_OCSP_SHA1, view_bytes(&SERIAL, 1), PKI_OCSP_REVOKED, ca.now, PKI_REASON_CERTIFICATE_HOLD};
	struct pki_ocsp_response response = {&ca.names, view_bytes(ca.key_hash, sizeof(ca.key_hash)), ca.now, ca.now, ca.now + 1, &single, 1, VIEW_NONE};
	cleanup_buf data = BUF_INIT;
	(void)state;
	assert_int_equal(pki_ocsp_response_data(&response, &data), XICA_EINVAL);
	single.reason = PKI_REASON_SUPERSEDED;
	single.hash = PKI_OCSP_OTHER;
	assert_int_equal(pki_ocsp_response_data(&response, &data), XICA_EINVAL);
	single.hash = PKI_OCSP_SHA1;
	response.count = 0;
	assert_int_equal(pki_ocsp_response_data(&response, &data), XICA_EINVAL);
	assert_int_equal(data.len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_by_sha1_is_read),
		cmocka_unit_test(a_request_by_sha256_with_a_nonce_is_read),
		cmocka_unit_test(several_in_one_keep_their_order_and_serials_lose_leading_zeros),
		cmocka_unit_test(a_signed_request_and_one_by_another_digest_can_be_read),
		cmocka_unit_test(a_request_has_its_bounds),
		cmocka_unit_test(a_nonce_is_from_1_to_128_bytes_long),
		cmocka_unit_test(a_critical_extension_that_is_unknown_is_refused),
		cmocka_unit_test(what_is_no_request_is_refused_wherever_it_is_cut),
		cmocka_unit_test(a_responder_is_not_appointed_for_longer_than_its_issuer),
		cmocka_unit_test(openssl_takes_each_state_and_both_digests),
		cmocka_unit_test(what_has_no_place_in_a_response_is_refused),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
