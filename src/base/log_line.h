// One line of the log, made of a printf format and its values. Pure: whoever writes it says when and who.
//
// The format says where fields are: KEY=… at its beginning or behind a space, up to the next space, or KEY="…" up to the closing quote. What remains is
// the message. Since it is the format that says so, and never a value, nothing that comes from outside can make a field, end one, or begin a line.
//
//	"order=%lld account=%lld issued serial=%s"  ->  msg=issued order=7 account=3 serial=03ab
//
// Two forms: logfmt (KEY=VALUE, in quotes where it isn't plain) and JSON (an object; a field whose value the format makes of %d and its like alone is a number there). In both a quoted value is escaped as in JSON; what a terminal would act on
// (control characters of either kind, marks that turn the direction of text) is escaped too, and what isn't UTF-8 becomes U+FFFD.
#pragma once
#include <stdarg.h>

#include "base/clock.h"

enum log_form { LOG_FORM_LOGFMT, LOG_FORM_JSON };

enum {
	LOG_VALUE_MAX = 1024, // bytes of one value; the rest is cut off, and "…" says so
	LOG_LINE_MAX = 3900,  // bytes of a line: so it stays whole in a pipe (PIPE_BUF) that several processes write to. Fields that would not fit are left out
};

struct log_line {
	enum log_form form;
	xica_time time;
	unsigned millisecond;
	const char *level, *role;
	long pid;
	int saved_errno; // for %m
};

// Appends the line, with its line feed. Conversions: d i u x X o c s p m % f g e, with flags, width, precision ("*" too) and hh h l ll z j t.
// An empty field named request is left out: there was none.
[[gnu::format(printf, 3, 0)]] void log_line_write(struct buf *out, const struct log_line *line, const char *format, va_list args);
