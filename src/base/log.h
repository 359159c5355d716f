// Lines for the operator, on standard error, as logfmt: time, level, role, message, then key=value pairs.
// Only roles and programs log; pure rooms return errors.
#pragma once
#include "base/view.h"

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARNING, LOG_LEVEL_ERROR };

// Who speaks: "signer", "front-1". Borrowed for the life of the process.
void log_open(const char *who, enum log_level least);
// message is a printf format; values with spaces or quotes are the caller's to put inside "…" with %s; control characters are
// escaped here, so that nothing from outside can forge a line.
[[gnu::format(printf, 2, 3)]] void log_write(enum log_level level, const char *format, ...);

#define log_debug(...) log_write(LOG_LEVEL_DEBUG, __VA_ARGS__)
#define log_info(...) log_write(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_warning(...) log_write(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_error(...) log_write(LOG_LEVEL_ERROR, __VA_ARGS__)
