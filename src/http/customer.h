// Who counts as one: an IPv4 address; of IPv6 a network of 64 bits, since one customer has at least that much.
//
// What is counted of customers stands in tables of a bounded size. Where in them, their encryption says, under a key that only the fronts have: so nobody can choose
// addresses that meet, or tell whom they meet.
#pragma once
#include "crypto/digest.h"

enum { HTTP_CUSTOMER_LEN = 16, HTTP_CUSTOMER_KEY_LEN = 32 };

// block: of a key of HTTP_CUSTOMER_KEY_LEN bytes. address: 16 bytes, IPv4 as mapped. kind: of what is counted; each has a place of its own. XICA_ECRYPTO.
XICA_MUST_CHECK int http_customer_seal(struct crypto_block *block, const uint8_t address[16], uint8_t kind, uint8_t ret_sealed[HTTP_CUSTOMER_LEN]);
