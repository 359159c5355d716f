// A set of networks, and whether an address is in one of them: for the front, which asks it of each request. Pure.
#pragma once
#include "base/error.h"
#include "base/view.h"

enum { HTTP_NETWORK_LEN = 17, HTTP_NETWORKS_MAX = 100000 }; // 16 bytes of address (IPv4 as mapped), one of prefix

struct http_networks;

// bytes: networks one behind the other. XICA_EPARSE: they aren't, or one has bits beyond its prefix, or there are too many.
XICA_MUST_CHECK int http_networks_new(struct view bytes, struct http_networks **ret_networks);
void http_networks_free(struct http_networks *networks);
// NULL is the empty set.
bool http_networks_have(const struct http_networks *networks, const uint8_t address[16]);
