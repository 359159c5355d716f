#include "dns/srv.h"

#include <string.h>

#include "dns/name.h"

enum { AT_TARGET = 6 };

int dns_srv_read(struct view rdata, struct arena *arena, struct dns_srv *ret_srv)
{
	if (rdata.len <= AT_TARGET)
		return XICA_EPARSE;
	cleanup_buf target = BUF_INIT;
	size_t at = AT_TARGET;
	int error = dns_name_read(rdata, &at, false, &target);
	if (error)
		return error;
	if (at != rdata.len)
		return XICA_EPARSE;
	const char *text = arena_strdup(arena, buf_view(&target));
	if (!text)
		return XICA_ENOMEM;
	const uint8_t *p = rdata.ptr;
	*ret_srv = (struct dns_srv){(unsigned)p[0] << 8 | p[1], (unsigned)p[2] << 8 | p[3], (unsigned)p[4] << 8 | p[5], text};
	return XICA_OK;
}

int dns_srv_compare(const struct dns_srv *a, const struct dns_srv *b)
{
	if (a->priority != b->priority)
		return a->priority < b->priority ? -1 : 1;
	if (a->weight != b->weight)
		return a->weight > b->weight ? -1 : 1;
	int order = strcmp(a->target, b->target);
	return order ? order : (a->port > b->port) - (a->port < b->port);
}
