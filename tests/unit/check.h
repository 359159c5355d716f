// What every unit test includes: cmocka with its prerequisites, and checks on views.
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"

#define assert_view(v, text)                                                                                              \
	do {                                                                                                              \
		struct view assert_view_is = (v), assert_view_want = view_str(text);                                      \
		assert_int_equal(assert_view_is.len, assert_view_want.len);                                               \
		if (assert_view_want.len)                                                                                 \
			assert_memory_equal(assert_view_is.ptr, assert_view_want.ptr, assert_view_want.len);              \
	} while (0)
