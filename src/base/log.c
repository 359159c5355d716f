#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <time.h>
#include <unistd.h>

static struct {
	const char *who;
	enum log_level least;
	enum log_form form;
	long pid;
} log_state = {"xica", LOG_LEVEL_INFO, LOG_FORM_LOGFMT, 0};

static const char *const LEVELS[] = {
	[LOG_LEVEL_DEBUG] = "debug", [LOG_LEVEL_INFO] = "info", [LOG_LEVEL_WARNING] = "warning", [LOG_LEVEL_ERROR] = "error"};

void log_open(const char *who, enum log_level least)
{
	log_state.who = who;
	log_state.least = least;
	log_state.pid = getpid();
}

void log_use_form(enum log_form form)
{
	log_state.form = form;
}

void log_write(enum log_level level, const char *format, ...)
{
	int saved_errno = errno;
	struct timespec now = {0};
	cleanup_buf out = BUF_INIT;
	va_list args;
	if (level < log_state.least)
		return;
	(void)clock_gettime(CLOCK_REALTIME, &now);
	const struct log_line line = {.form = log_state.form, .time = now.tv_sec, .millisecond = (unsigned)(now.tv_nsec / 1000000), .level = LEVELS[level],
				      .role = log_state.who, .pid = log_state.pid, .saved_errno = saved_errno};
	va_start(args, format);
	log_line_write(&out, &line, format, args);
	va_end(args);
	if (!buf_error(&out) && write(STDERR_FILENO, out.ptr, out.len) < 0)
		return; // nowhere left to say it
}
