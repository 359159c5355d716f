// What the relay said last (RFC 5321 §4.2), and what it means for the letter.
#pragma once
#include <curl/curl.h>

#include "role/mailer/relay.h"

enum { MAILER_REPLY_MAX = 400 };

struct mailer_reply {
	unsigned code;                   // of the last line; 0: none came
	bool greeted;                    // a 250 came: the relay talks with us, and what it refuses is the letter
	char text[MAILER_REPLY_MAX + 1]; // of one reply, its lines joined; printable ASCII
	size_t len;
	bool whole;                      // the next line begins another reply
};

void mailer_reply_add(struct mailer_reply *reply, struct view line);
// code: libcurl's; why: its own words. Both borrowed by the outcome.
struct mailer_outcome mailer_reply_outcome(const struct mailer_reply *reply, CURLcode code, const char *why);
