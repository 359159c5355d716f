#include "http/customer.h"

#include <string.h>

// IPv4 as mapped has zeros where the kind comes, of IPv6 that half doesn't count.
int http_customer_seal(struct crypto_block *block, const uint8_t address[16], uint8_t kind, uint8_t ret_sealed[HTTP_CUSTOMER_LEN])
{
	static const uint8_t MAPPED[12] = {[10] = 0xff, [11] = 0xff};
	uint8_t customer[HTTP_CUSTOMER_LEN];
	memcpy(customer, address, sizeof(customer));
	if (memcmp(address, MAPPED, sizeof(MAPPED)) != 0)
		memset(customer + 8, 0, 8);
	customer[8] = kind;
	return crypto_block_encrypt(block, customer, ret_sealed);
}
