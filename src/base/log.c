#include "base/log.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static struct {
	const char *who;
	enum log_level least;
	enum log_form form;
	long pid;
	void (*wake)(void *context);
	void *wake_context;
	char held[PIPE_BUF]; // what is written at once to a pipe isn't torn by other roles' lines
	size_t held_len;
} log_state = {.who = "xica", .least = LOG_LEVEL_INFO, .form = LOG_FORM_LOGFMT};

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

static void write_out(const void *bytes, size_t len)
{
	if (write(STDERR_FILENO, bytes, len) < 0)
		return; // nowhere left to say it
}

void log_flush(void)
{
	size_t len = log_state.held_len;
	log_state.held_len = 0;
	if (len)
		write_out(log_state.held, len);
}

void log_hold(void (*wake)(void *context), void *context)
{
	log_flush();
	log_state.wake = wake;
	log_state.wake_context = context;
}

static void hold(struct view line)
{
	if (line.len > sizeof(log_state.held) - log_state.held_len)
		log_flush();
	if (line.len > sizeof(log_state.held)) {
		write_out(line.ptr, line.len);
		return;
	}
	bool first = !log_state.held_len;
	memcpy(log_state.held + log_state.held_len, line.ptr, line.len);
	log_state.held_len += line.len;
	if (first)
		log_state.wake(log_state.wake_context);
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
	if (!buf_error(&out) && log_state.wake)
		hold(buf_view(&out));
	if (level >= LOG_LEVEL_WARNING)
		log_flush();
	if (!buf_error(&out) && !log_state.wake)
		write_out(out.ptr, out.len);
}
