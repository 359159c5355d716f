// The rig as an operator; and as the signer, who is told what operators did.
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

// --- acts, and the notes of them

const char *rig_act(struct rig *rig, const char *question)
{
	const char *answer = rig_command(rig, question);
	assert_null(strstr(answer, "\"error\":"));
	return answer;
}

void rig_act_refused(struct rig *rig, const char *question, const char *why)
{
	const char *answer = rig_command(rig, question);
	if (!strstr(answer, "\"error\":") || !strstr(answer, why))
		fail_msg("%s", answer);
}

void rig_noted(struct rig *rig, const struct ipc_message *note)
{
	cleanup_buf message = BUF_INIT;
	ipc_message_begin(&message, IPC_AUDIT_NOTED, note->id);
	rig_send(rig, RIG_SIGNER, &message);
}

const char *rig_nth_note(struct rig *rig, const struct ipc_message *notes, size_t n)
{
	struct view body;
	return ipc_message_nth(notes, IPC_BODY, n, &body) ? arena_strdup(&rig->arena, body) : NULL;
}

const char *rig_take_note(struct rig *rig)
{
	struct ipc_message notes = rig_take(rig, RIG_SIGNER, IPC_AUDIT_NOTE);
	size_t count = 0;
	while (rig_nth_note(rig, &notes, count))
		count++;
	rig_noted(rig, &notes);
	return rig_nth_note(rig, &notes, count - 1);
}
