// Certificates from anywhere through all rules of the linter.
#include <stdlib.h>

#include "config/builtin.h"
#include "pki/lint.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void lint(struct view der, bool is_tbs, enum pki_lint_kind kind, const struct pki_profile *profile)
{
	cleanup_arena arena = ARENA_INIT;
	struct pki_findings findings;
	if (pki_lint(der, is_tbs, kind, profile, &arena, &findings))
		return;
	for (size_t i = 0; i < findings.count; i++) // no rule twice
		for (size_t n = 0; n < i; n++)
			if (findings.list[i].rule == findings.list[n].rule)
				abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct view der = view_bytes(data, size);
	lint(der, true, PKI_LINT_END_ENTITY, NULL);
	lint(der, false, PKI_LINT_CA, NULL);
	lint(der, false, PKI_LINT_GUESS, NULL);
	for (const struct pki_profile *profile = config_builtin_profiles; profile->name; profile++)
		lint(der, false, PKI_LINT_END_ENTITY, profile);
	return 0;
}
