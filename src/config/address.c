#include "config/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "config/number.h"

enum { TEXT_MAX = 64 };

// The part before the last separator into host (brackets taken off), and what follows it.
static int split(const char *text, char separator, char host[TEXT_MAX], const char **ret_rest)
{
	const char *at = strrchr(text, separator);
	size_t len = at ? (size_t)(at - text) : 0;
	if (len >= 2 && text[0] == '[' && text[len - 1] == ']') {
		text++;
		len -= 2;
	} else if (memchr(text, ':', len) && separator == ':') {
		return XICA_EPARSE; // IPv6 with a port stands in brackets
	}
	if (!len || len >= TEXT_MAX)
		return XICA_EPARSE;
	memcpy(host, text, len);
	host[len] = 0;
	*ret_rest = at + 1;
	return XICA_OK;
}

int config_address_parse(const char *text, struct sockaddr_storage *ret_address, socklen_t *ret_len)
{
	char host[TEXT_MAX];
	const char *port_text;
	long port;
	if (split(text, ':', host, &port_text) || config_number_parse(port_text, 1, 65535, &port))
		return XICA_EPARSE;
	struct sockaddr_storage address = {0};
	struct sockaddr_in *v4 = (struct sockaddr_in *)&address;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&address;
	if (inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons((uint16_t)port);
		*ret_len = sizeof(*v4);
	} else if (inet_pton(AF_INET6, host, &v6->sin6_addr) == 1) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons((uint16_t)port);
		*ret_len = sizeof(*v6);
	} else {
		return XICA_EPARSE;
	}
	*ret_address = address;
	return XICA_OK;
}

static bool has_bits_after(const uint8_t address[16], unsigned prefix)
{
	for (unsigned bit = prefix; bit < 128; bit++)
		if (address[bit / 8] & (0x80 >> bit % 8))
			return true;
	return false;
}

// The 16 bytes of an address, IPv4 as ::ffff:a.b.c.d; *ret_offset is what its prefix lengths count from.
static int to_mapped(const char *host, uint8_t ret_address[16], unsigned *ret_offset)
{
	static const uint8_t MAPPED[12] = {[10] = 0xff, [11] = 0xff};
	if (inet_pton(AF_INET6, host, ret_address) == 1) {
		*ret_offset = 0;
		return XICA_OK;
	}
	memcpy(ret_address, MAPPED, sizeof(MAPPED));
	*ret_offset = 96;
	return inet_pton(AF_INET, host, ret_address + 12) == 1 ? XICA_OK : XICA_EPARSE;
}

int config_network_parse(const char *text, struct config_network *ret_network)
{
	struct config_network network = {0};
	char host[TEXT_MAX];
	const char *prefix_text = NULL;
	unsigned offset;
	long prefix = 0;
	if (!strchr(text, '/')) {
		if (to_mapped(text, network.address, &offset))
			return XICA_EPARSE;
		prefix = 128 - (long)offset;
	} else if (split(text, '/', host, &prefix_text) || to_mapped(host, network.address, &offset) ||
		   config_number_parse(prefix_text, 0, 128 - (long)offset, &prefix)) {
		return XICA_EPARSE;
	}
	network.prefix = offset + (unsigned)prefix;
	if (has_bits_after(network.address, network.prefix))
		return XICA_EPARSE;
	*ret_network = network;
	return XICA_OK;
}

bool config_address_is_ip(const char *text)
{
	uint8_t address[16];
	unsigned offset;
	return to_mapped(text, address, &offset) == XICA_OK;
}
