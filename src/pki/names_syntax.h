// What a name looks like, whoever may hold it. Inside this room alone; apart from pki/names.c, so that what needs no more links no list of public suffixes.
#pragma once
#include "pki/names.h"

// name: in lower case. Hyphens, lengths, characters, A-labels, no address; a single label passes. ret_labels and ret_last (the last label) are set
// where the answer is PKI_NAME_OK.
enum pki_name_fault names_syntax_fault(struct view name, size_t *ret_labels, struct view *ret_last);
