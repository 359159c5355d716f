#include "client/renewal.h"

#include <string.h>

#include "base/base64url.h"
#include "crypto/digest.h"

enum {
	SHORT_LIVED = 10 * XICA_DAY,
	JITTER_PART = 24,  // of the lifetime
	LATEST_PART = 12,  // of the lifetime has to be left, whatever the CA says
	OCCASION = XICA_DAY / 2, // a timer comes round about so often
	ASK_AGAIN = XICA_DAY / 4, ASK_AGAIN_LEAST = 60, // §4.3.2
	URL_MAX = 1000,
};

static xica_time lifetime_of(const struct client_chain *chain)
{
	return chain->list[0].not_after - chain->list[0].not_before;
}

// From 0 to 65535, out of the certificate alone.
static unsigned share_of(const struct client_chain *chain)
{
	uint8_t digest[CRYPTO_SHA256_LEN] = {0};
	if (crypto_sha256(chain->list[0].der, digest))
		return 0;
	return (unsigned)digest[0] << 8 | digest[1];
}

struct client_renewal client_renewal_by_lifetime(const struct client_chain *chain)
{
	xica_time lifetime = lifetime_of(chain), left = lifetime <= SHORT_LIVED ? lifetime / 2 : lifetime / 3;
	return (struct client_renewal){.at = chain->list[0].not_after - left - lifetime / JITTER_PART * (xica_time)share_of(chain) / 65536};
}

bool client_renewal_due(const struct client_renewal *renewal, const struct client_chain *chain, xica_time now)
{
	xica_time early = lifetime_of(chain) / JITTER_PART;
	if (early > OCCASION)
		early = OCCASION;
	return now >= renewal->at - (renewal->ask_again ? early : 0); // by its lifetime there is time enough
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

// --- what the CA says

static bool is_url(const char *text)
{
	size_t len = text ? strlen(text) : 0;
	if (!len || len > URL_MAX || (strncmp(text, "https://", 8) && strncmp(text, "http://", 7)))
		return false;
	for (size_t i = 0; i < len; i++)
		if ((uint8_t)text[i] <= 0x20 || (uint8_t)text[i] >= 0x7f)
			return false;
	return true;
}

static xica_time when_to_ask_again(long retry_after, xica_time now)
{
	return now + (!retry_after ? ASK_AGAIN : retry_after < ASK_AGAIN_LEAST ? ASK_AGAIN_LEAST : retry_after);
}

int client_renewal_read(const json_t *info, long retry_after, const struct client_chain *chain, xica_time now, struct arena *arena,
			struct client_renewal *ret_renewal)
{
	const json_t *window = json_object_get(info, "suggestedWindow");
	const char *url = json_string_value(json_object_get(info, "explanationURL"));
	xica_time start, end, latest = chain->list[0].not_after - lifetime_of(chain) / LATEST_PART;
	if (clock_parse_rfc3339(view_str(json_string_value(json_object_get(window, "start"))), &start) ||
	    clock_parse_rfc3339(view_str(json_string_value(json_object_get(window, "end"))), &end) || end <= start)
		return XICA_EPARSE;
	xica_time at = start + (xica_time)((double)(end - start) * share_of(chain) / 65536);
	struct client_renewal renewal = {.at = at < latest ? at : latest, .ask_again = when_to_ask_again(retry_after, now)};
	if (is_url(url) && !(renewal.explanation_url = arena_strdup(arena, view_str(url))))
		return XICA_ENOMEM;
	*ret_renewal = renewal;
	return XICA_OK;
}

int client_renewal_ask(struct client_acme *acme, const struct client_chain *chain, xica_time now, struct arena *arena, struct client_renewal *ret_renewal)
{
	cleanup_trouble unheard = CLIENT_TROUBLE_INIT;
	cleanup_answer answer = CLIENT_ANSWER_INIT;
	cleanup_buf url = BUF_INIT;
	const char *resource = client_acme_url(acme, "renewalInfo");
	if (!resource)
		return XICA_ENOTFOUND;
	buf_addf(&url, "%s%s", resource, view_ends(view_str(resource), VIEW_LIT("/")) ? "" : "/");
	int error = client_renewal_id(chain, &url);
	if (!error)
		error = buf_cstr(&url) ? client_http_send(acme->http, buf_cstr(&url), false, VIEW_NONE, &answer, &unheard) : XICA_ENOMEM;
	if (error)
		return error;
	return answer.status == 200 ? client_renewal_read(answer.json, answer.retry_after, chain, now, arena, ret_renewal) : XICA_EDENIED;
}
