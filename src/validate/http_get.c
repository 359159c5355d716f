#include "validate/http_get.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "validate/curl_loop.h"
#include "validate/http01.h"

struct http_get {
	const struct challenge_tools *tools;
	const struct address *address;
	unsigned port;
	http_get_done *done;
	void *context;
	CURL *easy;
	struct curl_slist *connect_to;
	struct curl_transfer *transfer;
	struct buf body;
	size_t header_len;
	bool too_long;
	struct arena arena;
};

void http_get_cancel(struct http_get *get)
{
	if (!get)
		return;
	curl_loop_remove(get->transfer);
	if (get->easy)
		curl_easy_cleanup(get->easy);
	curl_slist_free_all(get->connect_to);
	buf_free(&get->body);
	arena_free(&get->arena);
	free(get);
}

// The last look before a socket is made: it goes where we said, and there alone.
static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *to)
{
	const struct http_get *get = context;
	struct address address;
	unsigned port;
	if (purpose != CURLSOCKTYPE_IPCXN || address_from_sockaddr(&to->addr, to->addrlen, &address, &port))
		return CURL_SOCKET_BAD;
	if (!address_equal(&address, get->address) || port != get->port || address_refusal(&address, get->tools->networks))
		return CURL_SOCKET_BAD;
	return socket(to->family, to->socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, to->protocol);
}

static size_t on_body(char *bytes, size_t size, size_t count, void *context)
{
	struct http_get *get = context;
	size_t len = size * count; // size is 1
	if (get->body.len + len > HTTP01_BODY_MAX) {
		get->too_long = true;
		return CURL_WRITEFUNC_ERROR;
	}
	buf_add(&get->body, view_bytes(bytes, len));
	return len;
}

static size_t on_header(char *bytes, size_t size, size_t count, void *context)
{
	struct http_get *get = context;
	(void)bytes;
	get->header_len += size * count;
	get->too_long |= get->header_len > HTTP01_HEADERS_MAX;
	return get->too_long ? 0 : size * count;
}

#define SET(option, value) (curl_easy_setopt(get->easy, option, value) == CURLE_OK)

// No environment, no file, no name service: the address stands in connect_to, so libcurl resolves nothing.
static bool set_options(struct http_get *get, const struct url *url)
{
	return SET(CURLOPT_URL, url->text) && SET(CURLOPT_PROTOCOLS_STR, url->https ? "https" : "http") && SET(CURLOPT_HTTPGET, 1L) &&
	       SET(CURLOPT_CONNECT_TO, get->connect_to) && SET(CURLOPT_OPENSOCKETFUNCTION, open_socket) && SET(CURLOPT_OPENSOCKETDATA, get) &&
	       SET(CURLOPT_PROXY, "") && SET(CURLOPT_NOPROXY, "*") && SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED) &&
	       SET(CURLOPT_FOLLOWLOCATION, 0L) && SET(CURLOPT_NOSIGNAL, 1L) && SET(CURLOPT_FRESH_CONNECT, 1L) &&
	       SET(CURLOPT_FORBID_REUSE, 1L) && SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) &&
	       SET(CURLOPT_USERAGENT, "xica-validator") && SET(CURLOPT_SSL_VERIFYPEER, 0L) && SET(CURLOPT_SSL_VERIFYHOST, 0L) &&
	       SET(CURLOPT_CAINFO, NULL) && SET(CURLOPT_CAPATH, NULL) && SET(CURLOPT_SSL_ENABLE_ALPN, 0L) &&
	       SET(CURLOPT_SSL_SESSIONID_CACHE, 0L) && SET(CURLOPT_TIMEOUT, (long)HTTP01_HOP_TIMEOUT) &&
	       SET(CURLOPT_CONNECTTIMEOUT, (long)HTTP01_HOP_TIMEOUT / 2) && SET(CURLOPT_WRITEFUNCTION, on_body) &&
	       SET(CURLOPT_WRITEDATA, get) && SET(CURLOPT_HEADERFUNCTION, on_header) && SET(CURLOPT_HEADERDATA, get);
}

static const char *connect_why(struct http_get *get)
{
	long system_error = 0;
	(void)curl_easy_getinfo(get->easy, CURLINFO_OS_ERRNO, &system_error);
	const char *text = system_error ? strerrordesc_np((int)system_error) : NULL;
	return text ? text : "no connection came about";
}

static enum acme_problem_type problem_of(CURLcode code)
{
	switch ((int)code) {
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_SSL_CIPHER: return ACME_TLS;
	case CURLE_OUT_OF_MEMORY:
	case CURLE_FAILED_INIT: return ACME_SERVER_INTERNAL;
	default: return ACME_CONNECTION;
	}
}

// libcurl's codes in the words of this room.
static const char *explain(struct http_get *get, CURLcode code, bool connected)
{
	char text[ADDRESS_TEXT_LEN];
	const char *where = address_text(get->address, text);
	unsigned port = get->port;
	if (code == CURLE_COULDNT_CONNECT)
		return arena_printf(&get->arena, "can't be reached at %s port %u: %s", where, port, connect_why(get));
	switch ((int)code) {
	case CURLE_OPERATION_TIMEDOUT:
		return connected ? arena_printf(&get->arena, "got no whole answer in time from %s port %u", where, port)
				 : arena_printf(&get->arena, "can't be reached at %s port %u: no answer in time", where, port);
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_SSL_CIPHER: return arena_printf(&get->arena, "failed in the TLS handshake with %s port %u", where, port);
	case CURLE_GOT_NOTHING:
	case CURLE_RECV_ERROR:
	case CURLE_SEND_ERROR:
	case CURLE_PARTIAL_FILE:
		return arena_printf(&get->arena, "was cut off: %s port %u closed the connection before its answer was whole", where, port);
	case CURLE_OUT_OF_MEMORY:
	case CURLE_FAILED_INIT: return "can't be fetched now";
	default: return arena_printf(&get->arena, "got an answer from %s port %u that isn't HTTP", where, port);
	}
}

static void on_done(CURL *easy, CURLcode code, void *context)
{
	struct http_get *get = context;
	struct http_answer answer = {.body = buf_view(&get->body), .too_long = get->too_long};
	struct curl_header *location;
	curl_off_t connected_after = 0;
	get->transfer = NULL;
	(void)curl_easy_getinfo(easy, CURLINFO_CONNECT_TIME_T, &connected_after);
	answer.connected = connected_after > 0;
	if (code == CURLE_OK || get->too_long)
		(void)curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &answer.status);
	if (answer.status && curl_easy_header(easy, "Location", 0, CURLH_HEADER, -1, &location) == CURLHE_OK && location->amount == 1)
		answer.location = view_str(location->value);
	if (!answer.status) {
		answer.problem = problem_of(code);
		answer.why = explain(get, code, answer.connected);
	}
	get->done(&answer, get->context);
	http_get_cancel(get);
}

static bool set_connect_to(struct http_get *get)
{
	char text[ADDRESS_TEXT_LEN], entry[ADDRESS_TEXT_LEN + 16];
	(void)snprintf(entry, sizeof(entry), get->address->v4 ? "::%s:%u" : "::[%s]:%u", address_text(get->address, text), get->port);
	get->connect_to = curl_slist_append(NULL, entry);
	return get->connect_to != NULL;
}

int http_get_start(const struct challenge_tools *tools, const struct url *url, const struct address *address, unsigned port,
		   http_get_done *done, void *context, struct http_get **ret_get)
{
	struct http_get *get = calloc(1, sizeof(*get));
	if (!get)
		return XICA_ENOMEM;
	*get = (struct http_get){.tools = tools, .address = address, .port = port, .done = done, .context = context, .easy = curl_easy_init()};
	int error = get->easy && set_connect_to(get) && set_options(get, url)
			    ? curl_loop_add(tools->curl, get->easy, on_done, get, &get->transfer)
			    : XICA_ENOMEM;
	if (error) {
		http_get_cancel(get);
		return error;
	}
	*ret_get = get;
	return XICA_OK;
}
