// The input's first line is If-None-Match, the second If-Modified-Since: whatever they are, the answer is whole, or 304 without a body.
#include <stdlib.h>

#include "http/reply.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct http_document document = {.content_type = "text/plain", .body = VIEW_LIT("hello"), .modified = 784111777,
		.etag = "\"2cf24dba5fb0a30e26e83b2ac5b9e29e\""};
	const struct view input = view_bytes(data, size);
	size_t end = view_index(input, '\n', 0);
	const struct http_conditions conditions = {.if_none_match = view_sub(input, 0, end),
		.if_modified_since = end == SIZE_MAX ? VIEW_NONE : view_sub(input, end + 1, SIZE_MAX)};
	cleanup_http_reply reply = HTTP_REPLY_INIT(0);
	http_reply_document(&reply, &document, &conditions);
	if (reply.status == 200 ? reply.body.len != document.body.len : reply.status != 304 || reply.body.len)
		abort();
	return 0;
}
