#include "lib/order.h"
#include "pki/pem.h"

static bool wanted(void *context)
{
	const struct xica_order *order = context;
	return order->cancelled && order->cancelled(order->context);
}

bool lib_is_order(const struct xica_order *order)
{
	return order && order->size >= sizeof(*order) && order->directory_url;
}

int lib_check_roots(const char *pem, struct client_trouble *trouble)
{
	cleanup_buf der = BUF_INIT;
	struct view rest = view_str(pem);
	unsigned count = 0;
	int error = XICA_OK;
	while (pem && !(error = pem_read(&rest, PEM_CERTIFICATE, &der)))
		count++;
	if (!pem || (error == XICA_ENOTFOUND && count))
		return XICA_OK;
	return error == XICA_ENOMEM ? error : client_trouble_is(trouble, XICA_EPARSE, "there is no certificate in the roots for talking to the CA, or a broken one");
}

int lib_ca_open(struct lib_ca *ca, const struct xica_order *order, struct client_trouble *trouble)
{
	ca->order = order;
	ca->cancel = (struct client_cancel){wanted, (void *)(uintptr_t)order};
	const struct client_http_options options = {.roots_pem = view_str(order->roots_pem), .cancel = &ca->cancel};
	int error = client_http_open(&options, &ca->http, trouble);
	return error ? error : client_acme_open(ca->http, order->directory_url, &ca->acme, trouble);
}

void lib_ca_close(struct lib_ca *ca)
{
	client_acme_free(ca->acme);
	client_http_free(ca->http);
}
