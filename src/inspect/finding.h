// What the inspection finds wrong: a word for scripts and a sentence for people, about one line of the audit log or one certificate.
#pragma once
#include "base/arena.h"

struct inspect_finding {
	const char *code;    // "receipt-missing"; stays the same for good
	const char *serial;  // hexadecimal, where the log is not changed; NULL: it is about no certificate
	uint64_t line;       // of the audit log, from 1; 0: it is about none
	const char *text;    // UTF-8, and nothing that a terminal would act on, whatever the log says (base/utf8.h)
};

typedef void inspect_each(const struct inspect_finding *finding, void *context); // all is borrowed for the call

struct inspect_subject { // what is being looked at
	const char *serial;
	uint64_t line;
	inspect_each *each;
	void *context;
	uint64_t count;      // of findings so far
};

[[gnu::format(printf, 3, 4)]] void inspect_say(struct inspect_subject *subject, const char *code, const char *format, ...);
