#include "role/mailer/reply.h"

#include <string.h>

enum { CODE_LEN = 3 };

static unsigned code_of(struct view line)
{
	unsigned code = 0;
	for (size_t i = 0; i < CODE_LEN; i++) {
		if (i >= line.len || line.ptr[i] < '0' || line.ptr[i] > '9')
			return 0;
		code = code * 10 + line.ptr[i] - '0';
	}
	return code;
}

static void add_text(struct mailer_reply *reply, struct view text)
{
	for (size_t i = 0; i < text.len && reply->len < MAILER_REPLY_MAX; i++) {
		uint8_t c = text.ptr[i];
		if (c != '\r' && c != '\n')
			reply->text[reply->len++] = c >= ' ' && c < 0x7f ? (char)c : '?';
	}
	reply->text[reply->len] = 0;
}

void mailer_reply_add(struct mailer_reply *reply, struct view line)
{
	unsigned code = code_of(line);
	bool first = reply->whole || !reply->len;
	reply->greeted |= code == 250;
	if (!code || (reply->code >= 400 && code < 300)) // after a refusal libcurl says goodbye, and is answered
		return;
	if (first)
		reply->len = 0;
	add_text(reply, first ? line : VIEW_LIT(" "));
	if (!first)
		add_text(reply, view_sub(line, CODE_LEN + 1, SIZE_MAX));
	reply->code = code;
	reply->whole = line.len <= CODE_LEN || line.ptr[CODE_LEN] != '-';
}

// Replies about who we are, not about the letter (RFC 4954 §6, and 530 of RFC 3207 §4).
static bool is_about_us(unsigned code)
{
	return code == 530 || code == 534 || code == 535 || code == 538;
}

struct mailer_outcome mailer_reply_outcome(const struct mailer_reply *reply, CURLcode code, const char *why)
{
	if (code == CURLE_OK)
		return (struct mailer_outcome){IPC_MAILED_SENT, NULL, false};
	bool said = reply->code >= 400 && reply->code < 600;
	const char *detail = said ? reply->text : *why ? why : curl_easy_strerror(code);
	bool ours = !said || !reply->greeted || is_about_us(reply->code) || code == CURLE_LOGIN_DENIED || code == CURLE_USE_SSL_FAILED;
	return (struct mailer_outcome){!ours && reply->code >= 500 ? IPC_MAILED_NEVER : IPC_MAILED_LATER, detail, ours};
}
