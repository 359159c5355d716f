// libcurl's multi interface on a libevent base: transfers that run beside everything else.
#pragma once
#include <curl/curl.h>
#include <event2/event.h>

#include "base/error.h"

struct curl_loop;

// Once, from the loop, never from within curl_loop_add. The transfer has been taken off the loop by then; easy is the caller's as before.
typedef void curl_loop_done(CURL *easy, CURLcode code, void *context);

XICA_MUST_CHECK int curl_loop_new(struct event_base *base, struct curl_loop **ret_loop);
void curl_loop_free(struct curl_loop *loop); // no transfer may be under way any more; NULL is fine
// Sets CURLOPT_PRIVATE of easy, which the loop needs. transfer is freed when it is done or removed.
struct curl_transfer;
XICA_MUST_CHECK int curl_loop_add(struct curl_loop *loop, CURL *easy, curl_loop_done *done, void *context, struct curl_transfer **ret_transfer);
void curl_loop_remove(struct curl_transfer *transfer); // done is not called; NULL is fine
