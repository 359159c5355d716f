// A folder for a CA, made and removed around each test.
#pragma once
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "check.h"
#include "config/ca_dir_init.h"

static char ca_folder[64];

static inline int ca_fixture_make(void **state)
{
	(void)state;
	(void)snprintf(ca_folder, sizeof(ca_folder), "/tmp/xica-test-ca-XXXXXX");
	return mkdtemp(ca_folder) ? 0 : -1;
}

static inline int ca_fixture_remove_one(const char *path, const struct stat *is, int flag, struct FTW *ftw)
{
	(void)is, (void)flag, (void)ftw;
	return remove(path);
}

static inline int ca_fixture_remove(void **state)
{
	(void)state;
	return nftw(ca_folder, ca_fixture_remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static inline struct ca_init ca_fixture_init(void)
{
	return (struct ca_init){.dir = ca_folder, .name = "Test", .key_type = CRYPTO_KEY_P256, .http_url = "http://ca.example", .now = clock_now()};
}

static inline struct ca_dir ca_fixture_read(enum ca_dir_access access)
{
	struct ca_dir dir;
	cleanup_buf why = BUF_INIT;
	int error = ca_dir_read(ca_folder, access, &dir, &why);
	if (error)
		fail_msg("%s: %s", xica_strerror(error), buf_cstr(&why));
	return dir;
}

#define assert_done(call)                                                                                                 \
	do {                                                                                                              \
		int assert_done_error = (call);                                                                           \
		if (assert_done_error)                                                                                    \
			fail_msg("%s: %s", xica_strerror(assert_done_error), buf_cstr(&why));                             \
		buf_clear(&why);                                                                                          \
	} while (0)
