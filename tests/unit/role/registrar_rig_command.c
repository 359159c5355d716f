// The rig as an operator.
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "packets.h"
#include "registrar_rig.h"

enum { PATIENCE_MS = 20000, ANSWER_MAX = 256 * 1024 };

struct sockaddr_un rig_control_address(const struct rig *rig)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/control.sock", rig->folder);
	return address;
}

int rig_command_send(struct rig *rig, const char *question)
{
	struct sockaddr_un address = rig_control_address(rig);
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(send(fd, question, strlen(question), 0), (ssize_t)strlen(question));
	return fd;
}

const char *rig_command_answer(struct rig *rig, int fd)
{
	static char answer[ANSWER_MAX];
	assert_true(packets_readable(fd, PATIENCE_MS));
	ssize_t len = recv(fd, answer, sizeof(answer), 0);
	assert_true(len > 0);
	(void)close(fd);
	return arena_strdup(&rig->arena, view_bytes(answer, (size_t)len));
}

const char *rig_command(struct rig *rig, const char *question)
{
	return rig_command_answer(rig, rig_command_send(rig, question));
}
