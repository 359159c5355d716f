// The authorizations of an order (RFC 8555 §7.5), proven all at once. Of this room alone.
#pragma once
#include "client/order.h"

enum { CLIENT_AUTHORIZATIONS_MAX = 100 };

// urls: the order's member. Those that are valid are left alone. XICA_EDENIED: the CA found no proof, or offers none of the kind.
XICA_MUST_CHECK int client_authorizations_prove(struct client_acme *acme, const struct client_order_options *options, const json_t *urls,
						struct client_trouble *trouble);
