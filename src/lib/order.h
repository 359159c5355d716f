// What orders and renewals share. Inside this room alone.
#pragma once
#include "client/acme.h"
#include "lib/xica.h"

struct lib_ca { // a CA as an order names it
	const struct xica_order *order;
	struct client_cancel cancel;
	struct client_http *http;
	struct client_acme *acme;
};

// Connects, and reads the directory. ca stays where it is until lib_ca_close, which is to be called in any case.
XICA_MUST_CHECK int lib_ca_open(struct lib_ca *ca, const struct xica_order *order, struct client_trouble *trouble);
void lib_ca_close(struct lib_ca *ca);
// Are there certificates in it, and nothing broken? NULL is fine. XICA_EPARSE, told.
XICA_MUST_CHECK int lib_check_roots(const char *pem, struct client_trouble *trouble);
bool lib_is_order(const struct xica_order *order); // of this library's version, with a CA
