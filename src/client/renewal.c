#include "client/renewal.h"

#include "base/base64url.h"
#include "crypto/digest.h"

enum { JITTER_PART = 24 }; // of the lifetime

// From 0 to 65535, out of the certificate alone.
static unsigned share_of(const struct client_chain *chain)
{
	uint8_t digest[CRYPTO_SHA256_LEN] = {0};
	if (crypto_sha256(chain->list[0].der, digest))
		return 0;
	return (unsigned)digest[0] << 8 | digest[1];
}

bool client_renewal_due(const struct client_chain *chain, xica_time now)
{
	const struct pki_certificate *leaf = &chain->list[0];
	xica_time lifetime = leaf->not_after - leaf->not_before;
	return now >= leaf->not_after - lifetime / 3 - lifetime / JITTER_PART * (xica_time)share_of(chain) / 65536;
}

int client_renewal_id(const struct client_chain *chain, struct buf *out)
{
	const struct pki_certificate *leaf = &chain->list[0];
	if (!leaf->authority_key_id.len)
		return XICA_ENOTFOUND;
	base64url_encode(out, leaf->authority_key_id);
	buf_add_byte(out, '.');
	base64url_encode(out, leaf->serial);
	return buf_error(out);
}

static int read_window(struct client_acme *acme, const struct client_chain *chain, xica_time *ret_start, xica_time *ret_end)
{
	cleanup_trouble unheard = CLIENT_TROUBLE_INIT;
	cleanup_answer answer = CLIENT_ANSWER_INIT;
	cleanup_buf url = BUF_INIT;
	buf_addf(&url, "%s/", client_acme_url(acme, "renewalInfo"));
	int error = client_renewal_id(chain, &url);
	if (!error)
		error = buf_cstr(&url) ? client_http_send(acme->http, buf_cstr(&url), false, VIEW_NONE, &answer, &unheard) : XICA_ENOMEM;
	if (error || answer.status != 200)
		return error ? error : XICA_ENOTFOUND;
	const json_t *window = json_object_get(answer.json, "suggestedWindow");
	xica_time start, end;
	if (clock_parse_rfc3339(view_str(json_string_value(json_object_get(window, "start"))), &start) ||
	    clock_parse_rfc3339(view_str(json_string_value(json_object_get(window, "end"))), &end) || end < start)
		return XICA_EPARSE;
	*ret_start = start;
	*ret_end = end;
	return XICA_OK;
}

// §4.2: a moment in the window, the same at every look.
bool client_renewal_due_at(struct client_acme *acme, const struct client_chain *chain, xica_time now)
{
	xica_time start, end;
	if (!client_acme_url(acme, "renewalInfo") || read_window(acme, chain, &start, &end))
		return client_renewal_due(chain, now);
	return now >= start + (end - start) / 65536 * (xica_time)share_of(chain);
}
