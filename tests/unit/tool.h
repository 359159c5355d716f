// Runs a program of Debian in a unit test, to hear another implementation's opinion: no shell, output kept quiet.
#pragma once
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "check.h"
#include "pki/pem.h"

extern char **environ;

// The exit code; -1 when it can't be started. The last argument is NULL.
static inline int tool_run(const char *const *argv)
{
	posix_spawn_file_actions_t actions;
	pid_t pid;
	int status = -1;
	(void)posix_spawn_file_actions_init(&actions);
	(void)posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	(void)posix_spawn_file_actions_adddup2(&actions, 2, 1);
	if (posix_spawnp(&pid, argv[0], &actions, NULL, (char *const *)argv, environ) == 0)
		(void)waitpid(pid, &status, 0);
	(void)posix_spawn_file_actions_destroy(&actions);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

#define tool(...) tool_run((const char *const[]){__VA_ARGS__, NULL})

static inline void tool_write_pem(const char *path, const char *label, struct view der)
{
	cleanup_buf pem = BUF_INIT;
	pem_write(&pem, label, der);
	assert_int_equal(file_replace(path, 0644, buf_view(&pem)), 0);
}
