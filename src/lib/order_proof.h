// The proofs of an order, shown by the callbacks of whoever ordered. Inside this room alone.
#pragma once
#include "client/proof.h"
#include "lib/xica.h"

struct order_proof {
	struct client_proof_options options; // first: what client/order.h hands back
	struct client_proof_kind kind;
	const struct xica_order *order;
};

// By order->proof. False: there is no such proof. proof stays where it is as long as the order runs.
bool order_proof_init(struct order_proof *proof, const struct xica_order *order);
