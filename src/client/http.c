#include "client/http.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64url.h"
#include "base/clock.h"
#include "base/file.h"
#include "jose/jws.h"

#define SYSTEM_TRUST "/etc/ssl/certs/ca-certificates.crt"

enum { CONNECT_SECONDS = 20, REQUEST_SECONDS = 90, TRUST_MAX = 4 << 20, RETRY_AFTER_MAX = XICA_DAY };

struct client_http {
	CURL *easy;
	struct buf trust;
	struct curl_slist *jose;
	struct client_http_options options;
};

void client_answer_free(struct client_answer *answer)
{
	json_decref(answer->json);
	arena_free(&answer->arena);
	*answer = CLIENT_ANSWER_INIT;
}

// --- whom we trust

static int read_trust(struct client_http *http, struct client_trouble *trouble)
{
	int error = file_read(SYSTEM_TRUST, TRUST_MAX, &http->trust);
	const char *ca_file = http->options.ca_file;
	if (error && (error != XICA_ENOTFOUND || (!ca_file && !http->options.roots_pem.len)))
		return client_trouble_is(trouble, error, "%s, by which the CA's server is checked, can't be read: %s. Install ca-certificates.", SYSTEM_TRUST,
					 strerror(errno));
	buf_add_byte(&http->trust, '\n');
	if (ca_file && (error = file_read(ca_file, TRUST_MAX, &http->trust)))
		return client_trouble_is(trouble, error, "%s (--ca-file) can't be read: %s", ca_file, strerror(errno));
	buf_add(&http->trust, http->options.roots_pem);
	return buf_error(&http->trust);
}

const struct client_cancel *client_http_cancel(const struct client_http *http)
{
	return http->options.cancel;
}

int client_http_open(const struct client_http_options *options, struct client_http **ret_http, struct client_trouble *trouble)
{
	struct client_http *http = calloc(1, sizeof(*http));
	if (!http)
		return XICA_ENOMEM;
	http->options = *options;
	http->easy = curl_global_init(CURL_GLOBAL_DEFAULT) ? NULL : curl_easy_init();
	http->jose = curl_slist_append(NULL, "Content-Type: application/jose+json");
	int error = http->easy && http->jose ? read_trust(http, trouble) : XICA_ENOMEM;
	if (error) {
		client_http_free(http);
		return error;
	}
	*ret_http = http;
	return XICA_OK;
}

void client_http_free(struct client_http *http)
{
	if (!http)
		return;
	if (http->easy)
		curl_easy_cleanup(http->easy);
	curl_slist_free_all(http->jose);
	buf_free(&http->trust);
	free(http);
}

// --- the answer

static size_t on_body(char *bytes, size_t size, size_t count, void *context)
{
	struct buf *body = context;
	if (body->len + size * count > CLIENT_ANSWER_MAX)
		return CURL_WRITEFUNC_ERROR;
	buf_add(body, view_bytes(bytes, size * count));
	return body->failed ? CURL_WRITEFUNC_ERROR : size * count;
}

static const char *header(CURL *easy, const char *name, size_t index)
{
	struct curl_header *found;
	return curl_easy_header(easy, name, index, CURLH_HEADER, -1, &found) == CURLHE_OK ? found->value : NULL;
}

static const char *keep_header(struct client_answer *answer, CURL *easy, const char *name)
{
	const char *value = header(easy, name, 0);
	return value ? arena_strdup(&answer->arena, view_str(value)) : NULL;
}

// Seconds, or a date (RFC 9110 §10.2.3).
static long read_retry_after(const char *value)
{
	xica_time at;
	char *end;
	if (!value)
		return 0;
	long seconds = strtol(value, &end, 10);
	if (end == value || *end)
		seconds = clock_parse_http(view_str(value), &at) ? 0 : (long)(at - clock_now());
	return seconds < 0 ? 0 : seconds > RETRY_AFTER_MAX ? RETRY_AFTER_MAX : seconds;
}

// <URL>;rel="alternate", each in a header of its own or several with commas between: no comma stands in such a URL.
static void read_alternates(struct client_answer *answer, const char *value)
{
	while (value && answer->alternate_count < CLIENT_ALTERNATES_MAX) {
		const char *open = strchr(value, '<'), *close = open ? strchr(open, '>') : NULL;
		if (!close)
			return;
		const char *next = strstr(close, ",");
		size_t len = next ? (size_t)(next - close) : strlen(close);
		char *parameters = arena_strdup(&answer->arena, view_bytes(close, len));
		if (parameters && (strstr(parameters, "rel=\"alternate\"") || strstr(parameters, "rel=alternate")))
			answer->alternates[answer->alternate_count++] = arena_strdup(&answer->arena, view_bytes(open + 1, (size_t)(close - open - 1)));
		value = next ? next + 1 : NULL;
	}
}

static bool is_json(const char *type)
{
	return type && (!strncasecmp(type, "application/json", 16) || !strncasecmp(type, "application/problem+json", 24));
}

static bool is_nonce(const char *text)
{
	cleanup_buf bytes = BUF_INIT;
	return text && *text && !base64url_decode(view_str(text), &bytes);
}

static int read_answer(CURL *easy, struct view body, struct client_answer *answer)
{
	const char *nonce = header(easy, "Replay-Nonce", 0), *link;
	(void)curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &answer->status);
	answer->body = arena_copy(&answer->arena, body);
	answer->location = keep_header(answer, easy, "Location");
	answer->nonce = is_nonce(nonce) ? keep_header(answer, easy, "Replay-Nonce") : NULL;
	answer->retry_after = read_retry_after(header(easy, "Retry-After", 0));
	for (size_t i = 0; (link = header(easy, "Link", i)); i++)
		read_alternates(answer, link);
	if (is_json(header(easy, "Content-Type", 0)))
		answer->json = jose_json_parse(body);
	return answer->body.ptr ? XICA_OK : XICA_ENOMEM;
}

// --- a request

#define SET(option, value) (curl_easy_setopt(http->easy, option, value) == CURLE_OK)

static bool set_method(struct client_http *http, bool head, struct view body)
{
	if (!body.ptr)
		return head ? SET(CURLOPT_NOBODY, 1L) : SET(CURLOPT_HTTPGET, 1L);
	return SET(CURLOPT_POST, 1L) && SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.len) && SET(CURLOPT_POSTFIELDS, (const char *)body.ptr) &&
	       SET(CURLOPT_HTTPHEADER, http->jose);
}

static int on_progress(void *context, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	const struct client_cancel *cancel = context;
	(void)a, (void)b, (void)c, (void)d;
	return cancel->wanted(cancel->context);
}

static bool set_cancel(struct client_http *http)
{
	const struct client_cancel *cancel = http->options.cancel;
	return !cancel || (SET(CURLOPT_NOPROGRESS, 0L) && SET(CURLOPT_XFERINFOFUNCTION, on_progress) &&
			   SET(CURLOPT_XFERINFODATA, (void *)(uintptr_t)cancel));
}

static bool set_options(struct client_http *http, const char *url, struct buf *body, char *why)
{
	struct curl_blob trust = {http->trust.ptr, http->trust.len, CURL_BLOB_NOCOPY};
	return SET(CURLOPT_URL, url) && SET(CURLOPT_PROTOCOLS_STR, "https") && SET(CURLOPT_NOSIGNAL, 1L) && SET(CURLOPT_FOLLOWLOCATION, 0L) &&
	       SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) && SET(CURLOPT_CAINFO, NULL) && SET(CURLOPT_CAPATH, NULL) &&
	       SET(CURLOPT_CAINFO_BLOB, &trust) && SET(CURLOPT_USERAGENT, "xica/" XICA_VERSION) && SET(CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS) &&
	       SET(CURLOPT_TIMEOUT, (long)REQUEST_SECONDS) && SET(CURLOPT_WRITEFUNCTION, on_body) && SET(CURLOPT_WRITEDATA, body) &&
	       SET(CURLOPT_ERRORBUFFER, why);
}

static int not_trusted(const struct client_http *http, const char *url, const char *why, struct client_trouble *trouble)
{
	(void)client_trouble_is(trouble, XICA_EIO, "the certificate of %s is not trusted: %s", url, why);
	client_trouble_hint(trouble, http->options.ca_file ? "Is the right root in the file of --ca-file?" : "Give the CA's root by --ca-file.");
	return XICA_EIO;
}

static int explain(const struct client_http *http, const char *url, CURLcode code, const char *why, struct client_trouble *trouble)
{
	int error = code == CURLE_OUT_OF_MEMORY ? XICA_ENOMEM : XICA_EIO;
	if (code == CURLE_PEER_FAILED_VERIFICATION)
		return not_trusted(http, url, why, trouble);
	if (code == CURLE_ABORTED_BY_CALLBACK)
		return client_trouble_is(trouble, XICA_ECLOSED, "interrupted");
	if (code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_URL_MALFORMAT)
		return client_trouble_is(trouble, XICA_EINVAL, "%s is no https URL", url);
	if (code == CURLE_SSL_CACERT_BADFILE)
		return client_trouble_is(trouble, error, "there is no certificate in %s",
					 http->options.ca_file ? http->options.ca_file : http->options.roots_pem.len ? "the roots that were given" : SYSTEM_TRUST);
	return client_trouble_is(trouble, error, "%s can't be had: %s", url, *why ? why : curl_easy_strerror(code));
}

int client_http_send(struct client_http *http, const char *url, bool head, struct view body, struct client_answer *answer,
		     struct client_trouble *trouble)
{
	char why[CURL_ERROR_SIZE] = "";
	cleanup_buf received = BUF_INIT;
	client_answer_free(answer);
	curl_easy_reset(http->easy);
	if (!set_options(http, url, &received, why) || !set_cancel(http) || !set_method(http, head, body))
		return XICA_ENOMEM;
	CURLcode code = curl_easy_perform(http->easy);
	return code ? explain(http, url, code, why, trouble) : read_answer(http->easy, buf_view(&received), answer);
}
