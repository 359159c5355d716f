#include "load_http01.h"

#include <event2/buffer.h>
#include <event2/http.h>
#include <stdlib.h>
#include <string.h>

struct load_http01 {
	const struct load_run *run;
	struct evhttp *server;
};

static const char PATH[] = "/.well-known/acme-challenge/";

// "PREFIX-ORDER.SUFFIX"
static const struct load_account *account_of(const struct load_run *run, const char *host)
{
	size_t len = strlen(run->prefix);
	char *end = NULL;
	if (!host || strncmp(host, run->prefix, len) != 0 || host[len] != '-')
		return NULL;
	size_t order = strtoul(host + len + 1, &end, 10);
	return *end == '.' && order < run->order_count ? run->owners[order] : NULL;
}

static void answer(struct evhttp_request *request, void *context)
{
	const struct load_http01 *http01 = context;
	const char *uri = evhttp_request_get_uri(request);
	const struct load_account *account = account_of(http01->run, evhttp_find_header(evhttp_request_get_input_headers(request), "Host"));
	if (!account || strncmp(uri, PATH, sizeof(PATH) - 1) != 0) {
		evhttp_send_error(request, 404, NULL);
		return;
	}
	struct evbuffer *body = evbuffer_new();
	if (body) {
		(void)evbuffer_add_printf(body, "%s.%s", uri + sizeof(PATH) - 1, account->thumbprint);
		evhttp_send_reply(request, 200, "OK", body);
		evbuffer_free(body);
	}
}

int load_http01_new(const struct load_run *run, unsigned port, struct load_http01 **ret_http01)
{
	struct load_http01 *http01 = calloc(1, sizeof(*http01));
	if (!http01)
		return XICA_ENOMEM;
	http01->run = run;
	http01->server = evhttp_new(run->server.base);
	if (!http01->server || evhttp_bind_socket(http01->server, "127.0.0.1", (uint16_t)port)) {
		load_http01_free(http01);
		return XICA_EIO;
	}
	evhttp_set_gencb(http01->server, answer, http01);
	*ret_http01 = http01;
	return XICA_OK;
}

void load_http01_free(struct load_http01 *http01)
{
	if (!http01)
		return;
	if (http01->server)
		evhttp_free(http01->server);
	free(http01);
}
