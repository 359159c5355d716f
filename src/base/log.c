#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"

static struct {
	const char *who;
	enum log_level least;
} log_state = {"xica", LOG_LEVEL_INFO};

static const char *const LEVELS[] = {
	[LOG_LEVEL_DEBUG] = "debug", [LOG_LEVEL_INFO] = "info", [LOG_LEVEL_WARNING] = "warning", [LOG_LEVEL_ERROR] = "error"};

void log_open(const char *who, enum log_level least)
{
	log_state.who = who;
	log_state.least = least;
}

static void add_escaped(struct buf *out, const char *text)
{
	for (const char *c = text; *c; c++) {
		unsigned char byte = (unsigned char)*c;
		if (byte == '\n')
			buf_add_str(out, "\\n");
		else if (byte < 0x20 || byte == 0x7f)
			buf_addf(out, "\\x%02x", byte);
		else
			buf_add_byte(out, byte);
	}
}

void log_write(enum log_level level, const char *format, ...)
{
	if (level < log_state.least)
		return;
	char message[4096];
	va_list args;
	va_start(args, format);
	(void)vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	cleanup_buf line = BUF_INIT;
	clock_add_rfc3339(&line, clock_now());
	buf_addf(&line, " %s %s: ", LEVELS[level], log_state.who);
	add_escaped(&line, message);
	buf_add_byte(&line, '\n');
	if (!buf_error(&line) && write(STDERR_FILENO, line.ptr, line.len) < 0)
		return; // nowhere left to say it
}
