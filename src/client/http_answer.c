#include "client/http_answer.h"

#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"

enum { REQUEST_MAX = 8192, REQUEST_MS = 3000 };
#define PREFIX "GET /.well-known/acme-challenge/"

static bool is_whole(const struct buf *request)
{
	return request->len >= 4 && memmem(request->ptr, request->len, "\r\n\r\n", 4);
}

// One after the other, each with little time.
static void read_request(int fd, struct buf *request)
{
	int64_t until = clock_monotonic_ms() + REQUEST_MS, left;
	while (!is_whole(request) && request->len < REQUEST_MAX && (left = until - clock_monotonic_ms()) > 0) {
		const struct timeval patience = {left / 1000, (left % 1000) * 1000};
		uint8_t block[1024];
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
		ssize_t got = recv(fd, block, sizeof(block), 0);
		if (got <= 0)
			return;
		buf_add(request, view_bytes(block, (size_t)got));
	}
}

static const char *find(const struct client_proof_job *jobs, size_t count, struct view request)
{
	if (!view_starts(request, VIEW_LIT(PREFIX)))
		return NULL;
	struct view token = view_sub(request, sizeof(PREFIX) - 1, SIZE_MAX);
	token = view_sub(token, 0, view_index(token, ' ', 0));
	for (size_t i = 0; i < count; i++)
		if (view_equal_str(token, jobs[i].token))
			return jobs[i].key_authorization;
	return NULL;
}

void client_http_answer(int fd, void *context)
{
	const struct client_proof *proof = context;
	cleanup_buf request = BUF_INIT, reply = BUF_INIT;
	read_request(fd, &request);
	const char *found = is_whole(&request) ? find(proof->jobs, proof->job_count, buf_view(&request)) : NULL;
	const char *body = found ? found : "not here\n";
	buf_addf(&reply, "HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s", found ? "200 OK" : "404 Not Found",
		 found ? "application/octet-stream" : "text/plain", strlen(body), body);
	if (!buf_error(&reply))
		(void)send(fd, reply.ptr, reply.len, MSG_NOSIGNAL);
	(void)shutdown(fd, SHUT_WR);
}
