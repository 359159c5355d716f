// The names in a certificate request: its subject, and its subjectAltName. Inside pki/csr alone.
#pragma once
#include "pki/csr.h"

// content of the Name. Sets csr->common_name. XICA_EPARSE with *ret_why.
XICA_MUST_CHECK int csr_names_read_subject(struct view content, struct pki_csr *csr, const char **ret_why);
// value of the extension. Sets csr->sans, other_names and other_name.
XICA_MUST_CHECK int csr_names_read_alt_names(struct view value, struct arena *arena, struct pki_csr *csr, const char **ret_why);
