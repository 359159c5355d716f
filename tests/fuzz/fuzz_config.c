// A configuration file: whatever is read keeps to the bounds that the roles rely on; whatever is not says why.
#include <stdlib.h>

#include "config/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct config *config)
{
	if (!config->url || !config->profile_count || !config->fronts || !config->crl_shards || !config->order_names_max)
		abort();
	for (size_t i = 0; i < config->profile_count; i++)
		if (!config->profiles[i].server_auth || config->profiles[i].validity <= 0)
			abort();
	for (size_t i = 0; i < config->allowed_network_count; i++)
		if (config->allowed_networks[i].prefix > 128)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_buf why = BUF_INIT;
	struct config config;
	int error = config_parse(view_bytes(data, size), "fuzz", &config, &why);
	if (error == XICA_EPARSE && !why.len)
		abort();
	if (!error) {
		check(&config);
		config_free(&config);
	}
	return 0;
}
