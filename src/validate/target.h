// Where a host is: the addresses of a name that may be dialled, IPv6 first.
#pragma once
#include "validate/challenge.h"

enum { TARGET_ADDRESSES_MAX = 4 }; // two of each family: nobody makes us dial a crowd

struct target {
	struct address list[TARGET_ADDRESSES_MAX];
	size_t count;                     // 0: see failure
	struct challenge_outcome failure; // dns: no answer; connection: nothing there that may be dialled
};

struct target_lookup;
// As dns_done: once, from the loop; target and lookup are gone when it returns.
typedef void target_done(const struct target *target, void *context);

XICA_MUST_CHECK int target_lookup_start(const struct challenge_tools *tools, struct view host, target_done *done, void *context,
					struct target_lookup **ret_lookup);
void target_lookup_cancel(struct target_lookup *lookup); // NULL is fine
