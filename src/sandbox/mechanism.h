// The mechanisms behind sandbox_enter, one file each. Each returns XICA_EDENIED when the kernel refuses; errno stands.
#pragma once
#include "sandbox/sandbox.h"

// uid.c: gives up every capability, also where root stays root.
XICA_MUST_CHECK int sandbox_drop_capabilities(void);
// rlimit.c
XICA_MUST_CHECK int sandbox_set_limits(const struct sandbox *sandbox);
// landlock.c: needs no-new-privileges. *ret_missing as for sandbox_enter.
XICA_MUST_CHECK int sandbox_restrict_paths(const struct sandbox *sandbox, const char **ret_missing);
// seccomp.c: needs no-new-privileges.
XICA_MUST_CHECK int sandbox_filter_calls(const struct sandbox *sandbox);
