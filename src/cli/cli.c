#include "cli/cli.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>

[[gnu::format(printf, 2, 0)]] static void complain(const char *command, const char *format, va_list args)
{
	fprintf(stderr, "xica%s%s: ", command ? " " : "", command ? command : "");
	(void)vfprintf(stderr, format, args);
	(void)fputc('\n', stderr);
}

int cli_usage_error(const char *command, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	complain(command, format, args);
	va_end(args);
	fprintf(stderr, "Try 'xica%s%s --help'.\n", command ? " " : "", command ? command : "");
	return CLI_USAGE;
}

int cli_option_error(const char *command, int answer, char *const *argv)
{
	return cli_usage_error(command, "%s: '%s'", answer == ':' ? "a value is missing" : "unknown option", argv[optind - 1]);
}

int cli_failed(const char *command, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	complain(command, format, args);
	va_end(args);
	return CLI_FAILED;
}
