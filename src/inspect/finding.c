#include "inspect/finding.h"

#include <stdarg.h>
#include <stdio.h>

enum { TEXT_MAX = 512 };

void inspect_say(struct inspect_subject *subject, const char *code, const char *format, ...)
{
	char text[TEXT_MAX];
	va_list args;
	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	subject->count++;
	subject->each(&(struct inspect_finding){code, subject->serial, subject->line, text}, subject->context);
}
