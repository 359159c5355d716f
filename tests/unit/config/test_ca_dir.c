#include "config/ca_dir.h"

#include <sys/stat.h>

#include "ca_fixture.h"
#include "pki/certificate.h"

static void a_new_ca_has_a_root_and_an_intermediate_that_issues(void **state)
{
	(void)state;
	struct ca_init init = ca_fixture_init();
	cleanup_buf why = BUF_INIT;
	assert_done(ca_init(&init, &why));
	struct ca_dir dir = ca_fixture_read(CA_DIR_WITH_KEYS);
	struct pki_certificate root, issuer;
	const char *clause;
	assert_int_equal(dir.issuer_count, 1);
	assert_int_equal(dir.root_count, 1);
	assert_non_null(dir.issuers[0].key);
	assert_int_equal(dir.issuers[0].chain_count, 1);
	assert_int_equal(dir.issuers[0].chains[0].count, 1);
	assert_true(dir.roots[0].crl.len > 0);
	assert_int_equal(strlen(dir.issuers[0].id), CA_ID_LEN);
	assert_ptr_equal(ca_dir_issuer(&dir, view_str(dir.issuers[0].id)), &dir.issuers[0]);
	assert_null(ca_dir_issuer(&dir, VIEW_LIT("0000000000000000")));
	assert_int_equal(pki_certificate_parse(dir.roots[0].certificate, &root, &clause), 0);
	assert_int_equal(pki_certificate_parse(dir.issuers[0].certificate, &issuer, &clause), 0);
	assert_int_equal(pki_certificate_signed_by(&issuer, &root), 0);
	assert_int_equal(pki_certificate_signed_by(&root, &root), 0);
	ca_dir_free(&dir);
}

static void every_key_type_makes_a_ca(void **state)
{
	static const struct {
		enum crypto_key_type type;
		unsigned bits;
	} TYPES[] = {{CRYPTO_KEY_P384, 0}, {CRYPTO_KEY_RSA, 3072}};
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct ca_init init = ca_fixture_init();
		cleanup_buf why = BUF_INIT;
		init.key_type = TYPES[i].type;
		init.bits = TYPES[i].bits;
		assert_done(ca_init(&init, &why));
		struct ca_dir dir = ca_fixture_read(CA_DIR_WITH_KEYS);
		assert_int_equal(crypto_key_type(dir.issuers[0].key), TYPES[i].type);
		ca_dir_free(&dir);
		assert_int_equal(ca_fixture_remove(NULL), 0);
		assert_int_equal(ca_fixture_make(NULL), 0);
	}
}

static void a_ca_is_never_made_over_another(void **state)
{
	(void)state;
	struct ca_init init = ca_fixture_init();
	cleanup_buf why = BUF_INIT, before = BUF_INIT, after = BUF_INIT;
	char path[128];
	(void)snprintf(path, sizeof(path), "%s/ca.json", ca_folder);
	assert_done(ca_init(&init, &why));
	assert_int_equal(file_read(path, 100000, &before), 0);
	assert_int_equal(ca_init(&init, &why), XICA_EEXIST);
	assert_int_equal(file_read(path, 100000, &after), 0);
	assert_true(view_equal(buf_view(&before), buf_view(&after)));
}

static void the_public_side_needs_no_keys(void **state)
{
	(void)state;
	struct ca_init init = ca_fixture_init();
	cleanup_buf why = BUF_INIT;
	char path[128];
	struct stat is;
	assert_done(ca_init(&init, &why));
	(void)snprintf(path, sizeof(path), "%s/keys", ca_folder);
	assert_int_equal(stat(path, &is), 0);
	assert_int_equal(is.st_mode & 0777, 0700);
	char hidden[128];
	(void)snprintf(hidden, sizeof(hidden), "%s/taken-away", ca_folder);
	assert_int_equal(rename(path, hidden), 0);
	struct ca_dir dir = ca_fixture_read(CA_DIR_PUBLIC), other;
	assert_null(dir.issuers[0].key);
	assert_int_not_equal(ca_dir_read(ca_folder, CA_DIR_WITH_KEYS, &other, &why), 0);
	ca_dir_free(&dir);
}

static void an_empty_folder_holds_no_ca(void **state)
{
	(void)state;
	struct ca_dir dir;
	cleanup_buf why = BUF_INIT;
	assert_int_equal(ca_dir_read(ca_folder, CA_DIR_PUBLIC, &dir, &why), XICA_ENOTFOUND);
	assert_int_equal(ca_dir_read("/tmp/xica-no-such-folder", CA_DIR_PUBLIC, &dir, &why), XICA_ENOTFOUND);
}

static void a_newer_intermediate_issues_and_the_older_stays(void **state)
{
	(void)state;
	struct ca_init init = ca_fixture_init();
	cleanup_buf why = BUF_INIT;
	assert_done(ca_init(&init, &why));
	struct ca_dir before = ca_fixture_read(CA_DIR_PUBLIC);
	init.name = init.http_url = NULL; // both are remembered
	assert_done(ca_init_intermediate(&init, &why));
	struct ca_dir after = ca_fixture_read(CA_DIR_WITH_KEYS);
	assert_int_equal(after.issuer_count, 2);
	assert_string_not_equal(after.issuers[0].id, before.issuers[0].id);
	assert_string_equal(after.issuers[1].id, before.issuers[0].id);
	assert_non_null(memmem(after.issuers[0].name.ptr, after.issuers[0].name.len, "Test Issuer", 11));
	assert_non_null(memmem(after.issuers[0].certificate.ptr, after.issuers[0].certificate.len, "http://ca.example/ca/", 21));
	ca_dir_free(&before);
	ca_dir_free(&after);
}

static void a_new_root_is_signed_by_the_older_and_both_ways_are_offered(void **state)
{
	(void)state;
	struct ca_init init = ca_fixture_init(), second = init;
	cleanup_buf why = BUF_INIT;
	struct pki_certificate cross, issuer, old_root, new_root;
	const char *clause;
	init.passphrase = VIEW_LIT("old secret");
	second.passphrase = VIEW_LIT("new secret");
	assert_done(ca_init(&init, &why));
	assert_done(ca_init_root(&second, &init, &why));
	struct ca_dir dir = ca_fixture_read(CA_DIR_WITH_KEYS);
	assert_int_equal(dir.root_count, 2);
	assert_int_equal(dir.issuers[0].chain_count, 2);
	assert_int_equal(dir.issuers[0].chains[0].count, 2);
	assert_int_equal(dir.issuers[0].chains[1].count, 1);
	assert_int_equal(pki_certificate_parse(dir.issuers[0].chains[0].certificates[0], &issuer, &clause), 0);
	assert_int_equal(pki_certificate_parse(dir.issuers[0].chains[0].certificates[1], &cross, &clause), 0);
	assert_int_equal(pki_certificate_parse(dir.roots[0].certificate, &new_root, &clause), 0);
	assert_int_equal(pki_certificate_parse(dir.roots[1].certificate, &old_root, &clause), 0);
	assert_int_equal(pki_certificate_signed_by(&issuer, &new_root), 0);
	assert_int_equal(pki_certificate_signed_by(&cross, &old_root), 0);
	assert_true(view_equal(cross.subject, new_root.subject));
	assert_true(view_equal(cross.spki, new_root.spki));
	ca_dir_free(&dir);
	assert_done(ca_init_intermediate(&second, &why)); // a later one is below the cross certificate too
	dir = ca_fixture_read(CA_DIR_WITH_KEYS);
	assert_int_equal(dir.issuers[0].chains[0].count, 2);
	ca_dir_free(&dir);
}

static void a_wrong_passphrase_changes_nothing(void **state)
{
	(void)state;
	struct ca_init init = ca_fixture_init();
	cleanup_buf why = BUF_INIT;
	init.passphrase = VIEW_LIT("right");
	assert_done(ca_init(&init, &why));
	init.passphrase = VIEW_LIT("wrong");
	assert_int_equal(ca_init_intermediate(&init, &why), XICA_EDENIED);
	assert_non_null(strstr(buf_cstr(&why), "passphrase"));
	struct ca_dir dir = ca_fixture_read(CA_DIR_PUBLIC);
	assert_int_equal(dir.issuer_count, 1);
	ca_dir_free(&dir);
}

static void the_roots_key_may_stand_elsewhere_and_go_off_line(void **state)
{
	(void)state;
	struct ca_init init = ca_fixture_init();
	cleanup_buf why = BUF_INIT;
	char path[128];
	(void)snprintf(path, sizeof(path), "%s/elsewhere.key", ca_folder);
	init.root_key_file = path;
	assert_done(ca_init(&init, &why));
	assert_int_equal(file_exists(path), true);
	init.root_key_file = NULL;
	assert_done(ca_init_intermediate(&init, &why));
	assert_int_equal(unlink(path), 0);
	assert_int_equal(ca_init_intermediate(&init, &why), XICA_ENOTFOUND);
	assert_non_null(strstr(buf_cstr(&why), "off-line"));
}

static void the_roots_crl_is_renewed_and_names_revoked_intermediates(void **state)
{
	(void)state;
	struct ca_init init = ca_fixture_init();
	cleanup_buf why = BUF_INIT;
	assert_done(ca_init(&init, &why));
	assert_done(ca_init_intermediate(&init, &why));
	struct ca_dir before = ca_fixture_read(CA_DIR_PUBLIC);
	struct pki_certificate older;
	const char *clause;
	assert_int_equal(pki_certificate_parse(before.issuers[1].certificate, &older, &clause), 0);
	assert_int_equal(ca_init_crl(&init, before.issuers[0].id, 4, &why), XICA_EDENIED); // it issues
	assert_int_equal(ca_init_crl(&init, "0000000000000000", 4, &why), XICA_ENOTFOUND);
	init.now++;
	buf_clear(&why);
	assert_done(ca_init_crl(&init, before.issuers[1].id, 4, &why));
	assert_done(ca_init_crl(&init, NULL, 0, &why)); // stays revoked
	struct ca_dir after = ca_fixture_read(CA_DIR_PUBLIC);
	assert_null(memmem(before.roots[0].crl.ptr, before.roots[0].crl.len, older.serial.ptr, older.serial.len));
	assert_non_null(memmem(after.roots[0].crl.ptr, after.roots[0].crl.len, older.serial.ptr, older.serial.len));
	ca_dir_free(&before);
	ca_dir_free(&after);
}

static void a_name_that_fits_no_subject_is_refused(void **state)
{
	static const char *const BAD[] = {"", "12345678901234567890123456789012345678901234567890", "a\nb", "\xff\xfe", NULL};
	(void)state;
	for (size_t i = 0; i < 5; i++) {
		struct ca_init init = ca_fixture_init();
		cleanup_buf why = BUF_INIT;
		init.name = BAD[i];
		assert_int_equal(ca_init(&init, &why), XICA_EINVAL);
	}
}

static void an_index_of_another_shape_is_refused(void **state)
{
	static const char *const BAD[] = {
		"", "{", "[]", "{\"version\":2,\"issuers\":[],\"roots\":[],\"requests\":[]}",
		"{\"version\":1,\"version\":1,\"issuers\":[],\"roots\":[],\"requests\":[]}",
		"{\"version\":1,\"issuers\":{},\"roots\":[],\"requests\":[]}",
		"{\"version\":1,\"issuers\":[{\"id\":\"0123456789abcdef\",\"key\":\"../x\",\"chains\":[[\"a\"]]}],\"roots\":[],\"requests\":[]}",
		"{\"version\":1,\"issuers\":[{\"id\":\"0123456789abcdeX\",\"key\":\"x\",\"chains\":[[\"a\"]]}],\"roots\":[],\"requests\":[]}",
		"{\"version\":1,\"issuers\":[{\"id\":\"0123456789abcdef\",\"key\":\"x\",\"chains\":[[]]}],\"roots\":[],\"requests\":[]}",
		"{\"version\":1,\"issuers\":[{\"id\":\"0123456789abcdef\",\"key\":\"x\",\"chains\":[[\"/etc/passwd\"]]}],\"roots\":[],\"requests\":[]}",
		"{\"version\":1,\"issuers\":[],\"roots\":[{\"id\":\"0123456789abcdef\",\"certificate\":\"a\",\"cross\":[1]}],\"requests\":[]}",
	};
	(void)state;
	char path[128];
	(void)snprintf(path, sizeof(path), "%s/ca.json", ca_folder);
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
		struct ca_dir dir;
		cleanup_buf why = BUF_INIT;
		assert_int_equal(file_replace(path, 0644, view_str(BAD[i])), 0);
		assert_int_equal(ca_dir_read(ca_folder, CA_DIR_PUBLIC, &dir, &why), XICA_EPARSE);
		assert_true(why.len > 0);
	}
}

#define ca_test(f) cmocka_unit_test_setup_teardown(f, ca_fixture_make, ca_fixture_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ca_test(a_new_ca_has_a_root_and_an_intermediate_that_issues),
		ca_test(every_key_type_makes_a_ca),
		ca_test(a_ca_is_never_made_over_another),
		ca_test(the_public_side_needs_no_keys),
		ca_test(an_empty_folder_holds_no_ca),
		ca_test(a_newer_intermediate_issues_and_the_older_stays),
		ca_test(a_new_root_is_signed_by_the_older_and_both_ways_are_offered),
		ca_test(a_wrong_passphrase_changes_nothing),
		ca_test(the_roots_key_may_stand_elsewhere_and_go_off_line),
		ca_test(the_roots_crl_is_renewed_and_names_revoked_intermediates),
		ca_test(a_name_that_fits_no_subject_is_refused),
		ca_test(an_index_of_another_shape_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
