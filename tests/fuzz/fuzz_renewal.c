// The input is a CA's renewalInfo (RFC 9773 §4.2): whatever it says, renewal is no later than while some of the certificate's life is left, and what is shown to
// a person is a URL.
#include <stdlib.h>
#include <string.h>

#include "client/renewal.h"
#include "jose/jws.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum { FROM = 1750000000, LIFE = 90 * XICA_DAY, NOW = FROM + XICA_DAY };
	struct client_chain chain = {.count = 1};
	cleanup_arena arena = ARENA_INIT;
	struct client_renewal renewal = {.at = 0};
	chain.list[0].der = VIEW_LIT("certificate");
	chain.list[0].not_before = FROM;
	chain.list[0].not_after = FROM + LIFE;
	json_t *json = jose_json_parse(view_bytes(data, size));
	int error = client_renewal_read(json, 0, &chain, NOW, &arena, &renewal);
	json_decref(json);
	if (error)
		return 0;
	if (renewal.at > FROM + LIFE - LIFE / 12 || renewal.ask_again <= NOW || renewal.ask_again > NOW + XICA_DAY)
		abort();
	for (const char *c = renewal.explanation_url; c && *c; c++)
		if (*c <= ' ' || *c > '~')
			abort();
	return 0;
}
