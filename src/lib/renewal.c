#include "client/renewal.h"

#include <stdlib.h>

#include "lib/order.h"
#include "lib/result.h"

struct answer { // begins with what the caller sees, so that one pointer is both
	struct xica_renewal renewal;
	struct arena arena;
};

void xica_renewal_free(struct xica_renewal *renewal)
{
	struct answer *answer = (struct answer *)renewal;
	if (answer)
		arena_free(&answer->arena);
	free(answer);
}

// What the CA doesn't answer, the lifetime does.
static void ask(const struct xica_order *order, const struct client_chain *chain, struct arena *arena, struct client_renewal *renewal)
{
	cleanup_trouble unheard = CLIENT_TROUBLE_INIT;
	struct lib_ca ca = {.order = order};
	struct client_renewal said;
	if (!lib_ca_open(&ca, order, &unheard) && !client_renewal_ask(ca.acme, chain, clock_now(), arena, &said))
		*renewal = said;
	lib_ca_close(&ca);
}

static int answer_it(const struct xica_order *order, const char *chain_pem, struct answer *answer)
{
	cleanup_trouble unheard = CLIENT_TROUBLE_INIT;
	struct client_chain chain;
	int error = client_chain_read(view_str(chain_pem), &answer->arena, &chain, &unheard);
	if (!error && order)
		error = lib_check_roots(order->roots_pem, &unheard);
	if (error)
		return error;
	struct client_renewal renewal = client_renewal_by_lifetime(&chain);
	if (order)
		ask(order, &chain, &answer->arena, &renewal);
	answer->renewal = (struct xica_renewal){renewal.at, renewal.ask_again, renewal.explanation_url};
	return XICA_OK;
}

int xica_renewal(const struct xica_order *order, const char *chain_pem, struct xica_renewal **ret_renewal)
{
	if ((order && !lib_is_order(order)) || !chain_pem || !ret_renewal)
		return XICA_ERROR_ARGUMENT;
	struct answer *answer = calloc(1, sizeof(*answer));
	if (!answer)
		return XICA_ERROR_MEMORY;
	int error = answer_it(order, chain_pem, answer);
	if (error)
		xica_renewal_free(&answer->renewal);
	else
		*ret_renewal = &answer->renewal;
	return lib_result(error);
}
