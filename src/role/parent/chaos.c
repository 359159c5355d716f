// What a CA to play with has beside others for its chaos (docs/chaos.md): a second chain, and words to whoever starts it.
#include <stdio.h>

#include "base/base64url.h"
#include "base/log.h"
#include "chaos/decision.h"
#include "config/ca_dir_init.h"
#include "role/parent/parent.h"

static int count_chains(const struct config *config, size_t *ret_count, struct buf *why)
{
	struct ca_dir ca;
	int error = ca_dir_read(config->ca_dir, CA_DIR_PUBLIC, &ca, why);
	if (error)
		return error;
	*ret_count = ca.issuers[0].chain_count;
	ca_dir_free(&ca);
	return XICA_OK;
}

// A new root that the older one signs too: so there are two ways up.
int parent_chaos_make_chains(const struct config *config)
{
	const struct ca_init init = {.dir = config->ca_dir, .key_type = CRYPTO_KEY_P256, .http_url = config->http_url, .now = clock_now()};
	cleanup_buf why = BUF_INIT;
	size_t count;
	if (!(config->chaos_kinds & CHAOS_CHAINS))
		return XICA_OK;
	int error = count_chains(config, &count, &why);
	if (!error && count < 2)
		error = ca_init_root(&init, &init, &why);
	if (error)
		log_error("can't make a second chain for --chaos: %s", why.len ? buf_cstr(&why) : xica_strerror(error));
	return error;
}

void parent_chaos_say(const struct config *config)
{
	cleanup_buf kinds = BUF_INIT, key = BUF_INIT;
	struct chaos_plan plan;
	uint8_t secret[CRYPTO_SHA256_LEN];
	if (!config->chaos_kinds || chaos_plan_make(config->chaos_kinds, config->chaos_seed, config->chaos_delay_ms, &plan) ||
	    chaos_dice_secret(&plan.dice, secret))
		return;
	chaos_kinds_write(config->chaos_kinds, &kinds);
	base64url_encode(&key, view_bytes(secret, sizeof(secret)));
	(void)fprintf(stderr, "  Chaos: %s. To play it again, begin with an empty folder and --seed %llu.\n", buf_cstr(&kinds),
		      (unsigned long long)config->chaos_seed);
	if (config->chaos_kinds & CHAOS_EAB)
		(void)fprintf(stderr, "  Accounts need this external account key, as often as you like:\n      --eab-kid chaos --eab-hmac-key %s\n", buf_cstr(&key));
	(void)fprintf(stderr, "\n");
}
