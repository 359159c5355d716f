#include "inspect/finding.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/utf8.h"

enum { TEXT_MAX = 512 };

void inspect_say(struct inspect_subject *subject, const char *code, const char *format, ...)
{
	char text[TEXT_MAX];
	va_list args;
	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	cleanup_buf shown = BUF_INIT, serial = BUF_INIT; // a log that somebody changed may say anything
	utf8_add_shown(&shown, view_str(text));
	utf8_add_shown(&serial, view_str(subject->serial));
	subject->count++;
	subject->each(&(struct inspect_finding){code, subject->serial ? buf_cstr(&serial) : NULL, subject->line, buf_cstr(&shown) ? buf_cstr(&shown) : code},
		      subject->context);
}
