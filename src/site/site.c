#include "site/site.h"

#include <stdlib.h>

// A table enters this list together with its file.
static const struct site_route *const TABLES[] = {
	site_signing_up, site_logging_in, site_person, site_second_factor, site_passkeys,
	site_keys, site_certificates, site_domains, site_history, site_notices, site_public, site_operator,
	NULL,
};

static size_t count_rows(void)
{
	size_t count = 0;
	for (size_t i = 0; TABLES[i]; i++)
		for (const struct site_route *row = TABLES[i]; row->pattern; row++)
			count++;
	return count;
}

static void join_tables(struct site *site)
{
	size_t n = 0;
	for (size_t i = 0; TABLES[i]; i++)
		for (const struct site_route *row = TABLES[i]; row->pattern; row++, n++) {
			site->rows[n] = row;
			site->routes[n] = (struct http_route){.methods = row->methods, .pattern = row->pattern, .tag = (int)n};
		}
}

int site_new(const struct config *config, const struct ca_dir *ca, struct store *store, const struct site_owner *owner,
	     void (*reply)(void *context, struct site_request *request), struct site **ret_site)
{
	size_t count = count_rows();
	struct site *site = calloc(1, sizeof(*site));
	if (!site)
		return XICA_ENOMEM;
	site->config = config;
	site->ca = ca;
	site->store = store;
	site->owner = *owner;
	site->reply = reply;
	site->clock = clock_now;
	site->routes = calloc(count + 1, sizeof(*site->routes));
	site->rows = calloc(count + 1, sizeof(*site->rows));
	if (!site->routes || !site->rows) {
		site_free(site);
		return XICA_ENOMEM;
	}
	join_tables(site);
	*ret_site = site;
	return XICA_OK;
}

void site_free(struct site *site)
{
	if (!site)
		return;
	site_kept_free(&site->numbers);
	site_kept_free(&site->statistics);
	free(site->routes);
	free(site->rows);
	free(site);
}
