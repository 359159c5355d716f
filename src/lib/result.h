// The core's errors as the library's callers know them. Inside this room alone.
#pragma once
#include "base/error.h"
#include "base/view.h"
#include "lib/xica.h"

int lib_result(int error);
// A NUL-terminated copy that xica_free takes. XICA_ENOMEM.
XICA_MUST_CHECK int lib_copy(struct view text, char **ret_text);
