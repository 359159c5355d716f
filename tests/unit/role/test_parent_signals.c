// A signal to stop that comes when the parent is at its end already, and nobody watches for signals any more. It must not make a crash of it.
#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "config/config.h"
#include "role/parent/parent.h"

static int late; // the signal

void __real_event_base_free(struct event_base *base);
void __wrap_event_base_free(struct event_base *base);

// Of what watches for signals this is the last that goes.
void __wrap_event_base_free(struct event_base *base)
{
	(void)raise(late);
	__real_event_base_free(base);
}

// A parent that can't start ends as one that was told to.
static int end_with(int number)
{
	static const struct config_dev_options NOWHERE = {.dir = "/proc/no-such-folder/ca", .resolve_all = "127.0.0.1"};
	const struct parent_options options = {.dev = &NOWHERE};
	int status = 0;
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		late = number;
		exit(parent_run(&options));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void a_signal_at_the_very_end_does_not_change_the_exit_code(void **state)
{
	static const int SIGNALS[] = {SIGTERM, SIGINT, SIGHUP};
	(void)state;
	for (size_t i = 0; i < sizeof(SIGNALS) / sizeof(SIGNALS[0]); i++) {
		int status = end_with(SIGNALS[i]);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), EXIT_FAILURE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_signal_at_the_very_end_does_not_change_the_exit_code),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
