#include "client/proof.h"

#include <string.h>

const struct client_proof_kind *client_proof_find(const char *name)
{
	static const struct client_proof_kind *const KINDS[] = {&client_proof_http, &client_proof_tls, &client_proof_dns, &client_proof_xmpp,
								&client_proof_xmpp_tls};
	for (size_t i = 0; i < sizeof(KINDS) / sizeof(KINDS[0]); i++)
		if (!strcmp(KINDS[i]->name, name))
			return KINDS[i];
	return NULL;
}
