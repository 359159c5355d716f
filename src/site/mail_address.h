// Mail addresses as people type them (RFC 5321 §4.1.2, a strict part of it). Pure.
#pragma once
#include "base/arena.h"

enum { MAIL_ADDRESS_MAX = 254, MAIL_LOCAL_PART_MAX = 64 }; // RFC 5321 §4.5.3.1, and what fits <…> of a path

// LOCAL@DOMAIN: the local part a dot-atom of ASCII, kept as it is; the domain a name (pki/names.h), in U-labels or A-labels, given in A-labels and lower
// case. Nothing in it can end a header line, a list of addresses or a quoted string. White space around text is left out.
// lenient: as pki_identifier_parse_dns. XICA_EPARSE: no such address. *ret_address is in arena.
XICA_MUST_CHECK int mail_address_parse(struct view text, bool lenient, struct arena *arena, struct view *ret_address);
// "NAME <ADDRESS>" or "ADDRESS" into its parts; the name is without quotes and may be empty. As above.
XICA_MUST_CHECK int mail_address_parse_mailbox(struct view text, bool lenient, struct arena *arena, struct view *ret_name, struct view *ret_address);
