#include "client/names.h"

#include <string.h>

int client_name_read(const char *text, struct arena *arena, struct pki_identifier *ret_identifier, enum pki_name_fault *fault)
{
	bool wildcard = !strncmp(text, "*.", 2);
	struct view ascii;
	if (*text == '_')
		return pki_identifier_parse_srv(view_str(text), true, arena, ret_identifier, fault);
	if (pki_name_to_ascii(view_str(text + (wildcard ? 2 : 0)), arena, &ascii)) {
		*fault = PKI_NAME_BAD_IDNA;
		return XICA_EPARSE;
	}
	const char *whole = arena_printf(arena, "%s%.*s", wildcard ? "*." : "", VIEW_FMT(ascii));
	return whole ? pki_identifier_parse_dns(view_str(whole), true, arena, ret_identifier, fault) : XICA_ENOMEM;
}
