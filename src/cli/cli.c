#include "cli/cli.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"

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

bool cli_reads(const char *options, const char *option)
{
	size_t len = strlen(option);
	if (!len || strchr(option, ' '))
		return false;
	for (const char *at = options; at && (at = strstr(at, option)); at += len)
		if ((at == options || at[-1] == ' ') && (at[len] == ' ' || !at[len]))
			return true;
	return false;
}

int cli_refuse(const char *command, const char *verb, const char *options, const char *option)
{
	cleanup_buf taken = BUF_INIT;
	for (const char *at = options; *at; at += *at == ' ') {
		size_t len = strcspn(at, " ");
		buf_addf(&taken, "%s%s%.*s", at == options ? "" : at[len] ? ", " : " and ", len == 1 ? "-" : "--", (int)len, at);
		at += len;
	}
	return cli_usage_error(command, "%s takes no %s%s; it takes %s", verb, option[1] ? "--" : "-", option, taken.len ? buf_cstr(&taken) : "");
}

int cli_check_place(const char *command, const char *config_file, const char *dev_dir)
{
	return config_file && dev_dir ? cli_usage_error(command, "-c and --dev exclude one another: each says which xicad is meant") : CLI_OK;
}

int cli_failed(const char *command, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	complain(command, format, args);
	va_end(args);
	return CLI_FAILED;
}
