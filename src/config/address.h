// Internet addresses as the configuration writes them. Names are never looked up here.
#pragma once
#include <sys/socket.h>

#include "config/config.h"

// "127.0.0.1:443" or "[::]:443". XICA_EPARSE.
XICA_MUST_CHECK int config_address_parse(const char *text, struct sockaddr_storage *ret_address, socklen_t *ret_len);
// "10.0.0.0/8", "2001:db8::/32", or one address. No bits beyond the prefix. XICA_EPARSE.
XICA_MUST_CHECK int config_network_parse(const char *text, struct config_network *ret_network);
bool config_address_is_ip(const char *text); // an address alone, either family
