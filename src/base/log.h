// Lines for the operator, on standard error: time, level, role, pid, msg, then what the format names (base/log_line.h); logfmt or JSON.
// Only roles and programs log; pure rooms return errors.
#pragma once
#include "base/log_line.h"
#include "base/view.h"

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARNING, LOG_LEVEL_ERROR };

// Who speaks: "signer", "front-1". Borrowed for the life of the process.
void log_open(const char *who, enum log_level least);
void log_use_form(enum log_form form); // from now on; logfmt until then
// message is a printf format, in which KEY=%s (or KEY="%s", with spaces in it) are fields: "order=%lld waits for an operator". Keys: a-z 0-9 _, and none of
// time, level, role, pid, msg. Where a request is at hand, it comes first: request=%s (empty: left out).
[[gnu::format(printf, 2, 3)]] void log_write(enum log_level level, const char *format, ...);

#define log_debug(...) log_write(LOG_LEVEL_DEBUG, __VA_ARGS__)
#define log_info(...) log_write(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_warning(...) log_write(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_error(...) log_write(LOG_LEVEL_ERROR, __VA_ARGS__)
