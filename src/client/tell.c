#include "client/tell.h"

#include <stdarg.h>
#include <stdio.h>

enum { LINE_MAX_LEN = 1024 };

void client_tell(const struct client_tell *tell, const char *format, ...)
{
	char line[LINE_MAX_LEN];
	va_list args;
	if (!tell || !tell->line)
		return;
	va_start(args, format);
	(void)vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	tell->line(line, tell->context);
}
