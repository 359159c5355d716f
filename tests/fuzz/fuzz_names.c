// Names from strangers: what is taken for a name is one when it is read again, the same one.
#include <stdlib.h>

#include "pki/names.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void dns(struct view text, bool lenient)
{
	cleanup_arena arena = ARENA_INIT;
	struct pki_identifier once, again;
	enum pki_name_fault fault = PKI_NAME_OK;
	int error = pki_identifier_parse_dns(text, lenient, &arena, &once, &fault);
	if ((error == XICA_EPARSE) != (fault != PKI_NAME_OK))
		abort();
	if (error)
		return;
	const char *name = pki_identifier_text(&once, &arena);
	if (!name || pki_identifier_parse_dns(view_str(name), lenient, &arena, &again, &fault) || pki_identifier_compare(&once, &again))
		abort();
	if (!lenient && pki_identifier_parse_dns(text, true, &arena, &again, &fault)) // strict is a part of lenient
		abort();
}

static void srv(struct view text, bool lenient)
{
	cleanup_arena arena = ARENA_INIT;
	struct pki_identifier once, again;
	enum pki_name_fault fault = PKI_NAME_OK;
	int error = pki_identifier_parse_srv(text, lenient, &arena, &once, &fault);
	if ((error == XICA_EPARSE) != (fault != PKI_NAME_OK))
		abort();
	if (error)
		return;
	const char *name = pki_identifier_text(&once, &arena);
	if (once.type != PKI_IDENTIFIER_SRV || once.wildcard || !name || pki_identifier_parse_srv(view_str(name), lenient, &arena, &again, &fault) ||
	    pki_identifier_compare(&once, &again))
		abort();
	if (pki_identifier_parse_dns(once.value, lenient, &arena, &again, &fault) || again.wildcard) // what is proven is the service of a domain
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_arena arena = ARENA_INIT;
	struct view text = view_bytes(data, size), service, domain, ascii;
	dns(text, false);
	dns(text, true);
	srv(text, false);
	srv(text, true);
	if (!pki_srv_name_split(text, &service, &domain)) {
		if (service.len + 1 + domain.len != text.len)
			abort();
		dns(domain, true);
	}
	if (!pki_name_to_ascii(text, &arena, &ascii))
		dns(ascii, true);
	return 0;
}
