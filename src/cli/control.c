#include "cli/control.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/local_socket.h"
#include "jose/jws.h"

enum { PACKET_MAX = 196608, PATIENCE_SECONDS = 30 };

// -1: errno says why.
static int connect_to(const char *path)
{
	struct sockaddr_un address;
	int folder = -1;
	if (local_socket_address(path, &address, &folder))
		return -1;
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	bool connected = fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0;
	int reason = errno;
	(void)close(folder);
	if (fd >= 0 && !connected)
		(void)close(fd);
	errno = reason;
	return connected ? fd : -1;
}

static int dial(const char *path, int *ret_fd, struct buf *why)
{
	const struct timeval patience = {PATIENCE_SECONDS, 0};
	int fd = connect_to(path);
	if (fd < 0) {
		buf_addf(why, "no xicad answers at %s: %s%s", path, strerror(errno),
			 errno == EACCES ? " (run this as the user that started xicad, or as root)" : "");
		return XICA_EIO;
	}
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	*ret_fd = fd;
	return XICA_OK;
}

// The question is out; what came of it can't be told from here.
static int unanswered(ssize_t len, struct buf *why)
{
	if (len == 0)
		buf_add_str(why, "xicad closed the connection before it answered: its registrar has ended, or is being reloaded, and is started again. What was asked for may have been done");
	else if (errno == EAGAIN)
		buf_addf(why, "xicad did not answer within %d seconds. What was asked for may be done yet", PATIENCE_SECONDS);
	else
		buf_addf(why, "xicad did not answer: %s", strerror(errno));
	return XICA_ECLOSED;
}

static int exchange(int fd, const json_t *command, json_t **ret_answer, struct buf *why)
{
	char *text = json_dumps(command, JSON_COMPACT);
	cleanup_buf packet = BUF_INIT;
	uint8_t *room = buf_extend(&packet, PACKET_MAX);
	bool sent = text && room && send(fd, text, strlen(text), MSG_NOSIGNAL) >= 0;
	free(text);
	if (!sent) {
		buf_addf(why, "xicad can't be asked: %s", strerror(errno));
		return XICA_EIO;
	}
	ssize_t len = recv(fd, room, PACKET_MAX, 0);
	if (len <= 0)
		return unanswered(len, why);
	buf_truncate(&packet, (size_t)len);
	json_t *answer = jose_json_parse(buf_view(&packet));
	const char *refusal = json_string_value(json_object_get(answer, "error"));
	if (!answer || refusal) {
		buf_add_str(why, refusal ? refusal : "xicad's answer can't be read");
		json_decref(answer);
		return XICA_EDENIED;
	}
	*ret_answer = answer;
	return XICA_OK;
}

int control_ask(const char *path, const json_t *command, json_t **ret_answer, struct buf *why)
{
	int fd = -1;
	int error = dial(path, &fd, why);
	if (error)
		return error;
	error = exchange(fd, command, ret_answer, why);
	(void)close(fd);
	return error;
}
