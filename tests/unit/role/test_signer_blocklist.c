#include "role/signer/blocklist.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "check.h"

static char path[] = "/tmp/xica-test-blocklist-XXXXXX";

static int set_up(void **state)
{
	(void)state;
	int fd = mkstemp(path);
	return fd < 0 ? -1 : close(fd);
}

static int tear_down(void **state)
{
	(void)state;
	return unlink(path);
}

static int load(const char *text, struct signer_blocklist *list, struct buf *why)
{
	assert_int_equal(file_replace(path, 0600, view_str(text)), 0);
	return signer_blocklist_read(path, list, why);
}

// SHA-256 of "abc" and of the empty string
#define ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define EMPTY "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855"

static void what_is_on_the_list_is_denied(void **state)
{
	(void)state;
	struct signer_blocklist list;
	cleanup_buf why = BUF_INIT;
	assert_int_equal(load("# leaked in 2024\n" EMPTY "\n\n  # more\n" ABC "   # with a remark\r\n", &list, &why), 0);
	assert_int_equal(list.digests.len, 64);
	assert_int_equal(signer_blocklist_check(&list, VIEW_LIT("abc")), XICA_EDENIED);
	assert_int_equal(signer_blocklist_check(&list, VIEW_NONE), XICA_EDENIED);
	assert_int_equal(signer_blocklist_check(&list, VIEW_LIT("abd")), 0);
	signer_blocklist_free(&list);
}

static void a_line_that_is_no_digest_is_named(void **state)
{
	(void)state;
	struct signer_blocklist list;
	cleanup_buf why = BUF_INIT;
	assert_int_equal(load(ABC "\nabcd\n", &list, &why), XICA_EPARSE);
	assert_non_null(strstr(buf_cstr(&why), ":2:"));
	buf_clear(&why);
	assert_int_equal(load("zz7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", &list, &why), XICA_EPARSE);
	assert_non_null(strstr(buf_cstr(&why), ":1:"));
}

static void a_missing_or_empty_file_blocks_nothing(void **state)
{
	(void)state;
	struct signer_blocklist list;
	cleanup_buf why = BUF_INIT;
	assert_int_equal(signer_blocklist_read("/tmp/xica-no-such-file", &list, &why), 0);
	assert_int_equal(signer_blocklist_check(&list, VIEW_LIT("abc")), 0);
	assert_int_equal(load("", &list, &why), 0);
	assert_int_equal(signer_blocklist_check(&list, VIEW_LIT("abc")), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_on_the_list_is_denied),
		cmocka_unit_test(a_line_that_is_no_digest_is_named),
		cmocka_unit_test(a_missing_or_empty_file_blocks_nothing),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
