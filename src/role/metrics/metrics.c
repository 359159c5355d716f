#include "role/metrics/metrics.h"

#include <sys/mman.h>

#include "base/shared_window.h"
#include "role/front/front.h"

const char *const METRICS_ROLE_NAMES[METRICS_ROLES] = {"front", "registrar", "validator", "signer", "mailer", "login"};

struct metrics *metrics_map(int fd)
{
	void *at;
	if (fd >= 0)
		return shared_window_map(fd, sizeof(struct metrics), &at) ? NULL : at;
	at = mmap(NULL, sizeof(struct metrics), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return at == MAP_FAILED ? NULL : at;
}

static const int64_t BOUNDS_US[METRICS_BUCKETS] = {500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 500000, 1000000, 2500000, 5000000, 10000000};

void metrics_observe(struct metrics_histogram *histogram, int64_t us)
{
	unsigned bucket = 0;
	while (bucket < METRICS_BUCKETS && us > BOUNDS_US[bucket])
		bucket++;
	metrics_add(&histogram->buckets[bucket], 1);
	metrics_add(&histogram->sum_us, us > 0 ? (uint64_t)us : 0);
}

// ACME's endpoints count from 1, the front's own from FRONT_DIRECTORY; 0 is what is neither.
unsigned metrics_endpoint(int endpoint)
{
	enum { ACME_ROOM = 32 };
	if (endpoint > 0 && endpoint < ACME_ROOM)
		return (unsigned)endpoint;
	if (endpoint >= FRONT_DIRECTORY && endpoint - FRONT_DIRECTORY < METRICS_ENDPOINTS - ACME_ROOM)
		return (unsigned)(ACME_ROOM + endpoint - FRONT_DIRECTORY);
	return 0;
}

static const unsigned CODES[METRICS_CODES - 1] = {200, 201, 204, 301, 304, 400, 401, 403, 404, 405, 409, 413, 415, 429, 500, 503};

unsigned metrics_code(unsigned status)
{
	unsigned code = 0;
	while (code < METRICS_CODES - 1 && CODES[code] != status)
		code++;
	return code; // the last: any other
}
