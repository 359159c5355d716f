#include "lib/result.h"
#include "pki/peer.h"

int xica_domain_to_ascii(const char *domain, char **ret_ascii)
{
	cleanup_arena arena = ARENA_INIT;
	struct view ascii;
	const char *why;
	if (!domain || !ret_ascii)
		return XICA_ERROR_ARGUMENT;
	int error = pki_peer_domain(view_str(domain), &arena, &ascii, &why);
	return lib_result(error ? error : lib_copy(ascii, ret_ascii));
}

int xica_domain_is_valid(const char *domain)
{
	cleanup_arena arena = ARENA_INIT;
	struct view ascii;
	const char *why;
	return domain && !pki_peer_domain(view_str(domain), &arena, &ascii, &why);
}
