#include "http/networks.h"

#include <stdlib.h>
#include <string.h>

// Sorted by prefix, then address: those with one prefix stand together, and an address is looked for once in each of these groups.
struct http_networks {
	uint8_t *list;
	size_t count;
	struct {
		size_t first, count;
		uint8_t prefix;
	} groups[129];
	size_t group_count;
};

static void mask(const uint8_t address[16], unsigned prefix, uint8_t ret_masked[16])
{
	memcpy(ret_masked, address, 16);
	if (prefix % 8)
		ret_masked[prefix / 8] &= (uint8_t)(0xff << (8 - prefix % 8));
	for (size_t i = (prefix + 7) / 8; i < 16; i++)
		ret_masked[i] = 0;
}

static int compare(const void *a, const void *b)
{
	const uint8_t *x = a, *y = b;
	return x[16] != y[16] ? x[16] - y[16] : memcmp(x, y, 16);
}

static bool are_networks(struct view bytes)
{
	uint8_t masked[16];
	if (bytes.len % HTTP_NETWORK_LEN || bytes.len / HTTP_NETWORK_LEN > HTTP_NETWORKS_MAX)
		return false;
	for (size_t i = 0; i < bytes.len; i += HTTP_NETWORK_LEN) {
		if (bytes.ptr[i + 16] > 128)
			return false;
		mask(bytes.ptr + i, bytes.ptr[i + 16], masked);
		if (memcmp(masked, bytes.ptr + i, 16) != 0)
			return false;
	}
	return true;
}

static void group(struct http_networks *networks)
{
	for (size_t i = 0; i < networks->count; i++) {
		uint8_t prefix = networks->list[i * HTTP_NETWORK_LEN + 16];
		size_t last = networks->group_count - 1;
		if (networks->group_count && networks->groups[last].prefix == prefix) {
			networks->groups[last].count++;
			continue;
		}
		networks->groups[networks->group_count].first = i;
		networks->groups[networks->group_count].count = 1;
		networks->groups[networks->group_count++].prefix = prefix;
	}
}

int http_networks_new(struct view bytes, struct http_networks **ret_networks)
{
	if (!are_networks(bytes))
		return XICA_EPARSE;
	struct http_networks *networks = calloc(1, sizeof(*networks));
	uint8_t *list = malloc(bytes.len + 1);
	if (!networks || !list) {
		free(networks);
		free(list);
		return XICA_ENOMEM;
	}
	if (bytes.len)
		memcpy(list, bytes.ptr, bytes.len);
	networks->list = list;
	networks->count = bytes.len / HTTP_NETWORK_LEN;
	qsort(list, networks->count, HTTP_NETWORK_LEN, compare);
	group(networks);
	*ret_networks = networks;
	return XICA_OK;
}

void http_networks_free(struct http_networks *networks)
{
	if (networks)
		free(networks->list);
	free(networks);
}

bool http_networks_have(const struct http_networks *networks, const uint8_t address[16])
{
	for (size_t i = 0; networks && i < networks->group_count; i++) {
		uint8_t wanted[HTTP_NETWORK_LEN];
		mask(address, networks->groups[i].prefix, wanted);
		wanted[16] = networks->groups[i].prefix;
		if (bsearch(wanted, networks->list + networks->groups[i].first * HTTP_NETWORK_LEN, networks->groups[i].count, HTTP_NETWORK_LEN, compare))
			return true;
	}
	return false;
}
