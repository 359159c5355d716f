#include "pki/names_suffix.h"

#include <libpsl.h>

#include "pki/names.h"

// Constant once it is loaded, and the same for all that a process does: the one thing in this room that outlives a call.
static psl_ctx_t *latest;

void pki_names_open(void)
{
	if (!latest)
		latest = psl_latest(NULL);
}

bool names_suffix_is_public(const char *name)
{
	return psl_is_public_suffix2(latest ? latest : psl_builtin(), name, PSL_TYPE_ICANN) != 0;
}

const char *names_suffix_registrable(const char *name)
{
	return psl_registrable_domain(latest ? latest : psl_builtin(), name);
}
