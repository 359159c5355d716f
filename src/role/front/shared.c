#include <string.h>

#include "base/shared_window.h"
#include "role/front/front.h"

enum { // of one address
	CONNECTIONS_MAX = 128,
	SITE_CHANGES_PER_MINUTE = 60, // a person's clicks
	SITE_CHANGES_BURST = 60,
};

enum { REQUESTS, SITE_CHANGES }; // kinds in http/limits.h

static int make_limits(struct front *front, const uint8_t *key)
{
	const struct config *config = &front->role->config;
	if (!config->requests_per_minute)
		return 0;
	struct http_limits_window *window = &front->shared->limits;
	const struct http_limits_options requests = {window, key, REQUESTS, config->requests_per_minute, config->requests_burst};
	const struct http_limits_options site = {window, key, SITE_CHANGES, SITE_CHANGES_PER_MINUTE, SITE_CHANGES_BURST};
	int error = http_limits_new(&requests, &front->limits);
	return error ? error : http_limits_new(&site, &front->site_limits);
}

static int make_shares(struct front *front, const uint8_t *key)
{
	const struct role *role = front->role;
	const struct http_shares_options options = {&front->shared->shares, key, role->index, role->config.fronts, CONNECTIONS_MAX};
	return role->config.dev ? 0 : http_shares_new(&options, &front->shares);
}

// Addresses are counted under a key of their own, which all fronts make of the one that they share.
static int make_counts(struct front *front, struct view shared_key)
{
	uint8_t key[CRYPTO_SHA256_LEN];
	int error = crypto_hmac_sha256(shared_key, VIEW_LIT("limits of addresses"), key);
	if (!error)
		error = make_limits(front, key);
	if (!error)
		error = make_shares(front, key);
	explicit_bzero(key, sizeof(key));
	return error;
}

int front_take_shared(struct front *front, int fd, struct view key)
{
	void *shared;
	int error = key.len == CRYPTO_SEAL_KEY_LEN ? shared_window_map(fd, sizeof(struct front_shared), &shared) : XICA_EINVAL;
	if (error)
		return error;
	front->shared = shared;
	error = crypto_block_new(key.ptr, &front->nonce_key);
	if (!error)
		error = front_ahead_new(FRONT_AHEAD_MAX, FRONT_AHEAD_BYTES_MAX, &front->shared->changes, &front->ahead);
	return error ? error : make_counts(front, key);
}

void front_leave_shared(struct front *front)
{
	crypto_block_free(front->nonce_key);
	front_ahead_free(front->ahead);
	http_limits_free(front->limits);
	http_limits_free(front->site_limits);
	http_shares_free(front->shares);
	shared_window_unmap(front->shared, sizeof(*front->shared));
}
