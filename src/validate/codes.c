#include "validate/codes.h"

#include <stdlib.h>
#include <string.h>

static const char ALPHABET[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"; // without I, L, O, U

_Static_assert(sizeof(ALPHABET) - 1 == 32, "each character is five random bits");

struct entry {
	uint64_t number; // 0: free
	struct code_subject subject;
	char code[CODE_LEN];
	xica_time expires;
	unsigned tries_left;
};

struct codes {
	uint64_t made;
	size_t max;
	struct entry entries[];
};

int codes_new(size_t max, struct codes **ret_codes)
{
	struct codes *codes = calloc(1, sizeof(*codes) + max * sizeof(codes->entries[0]));
	if (!codes)
		return XICA_ENOMEM;
	codes->max = max;
	*ret_codes = codes;
	return XICA_OK;
}

void codes_free(struct codes *codes)
{
	if (codes)
		explicit_bzero(codes->entries, codes->max * sizeof(codes->entries[0]));
	free(codes);
}

// All parts but the last have a length that is known, or is written before them.
int code_subject_of(const struct pki_identifier *identifier, struct view token, const uint8_t thumbprint[CRYPTO_SHA256_LEN],
		    struct code_subject *ret_subject)
{
	cleanup_buf text = BUF_INIT;
	buf_add_byte(&text, (uint8_t)identifier->type);
	buf_add_byte(&text, identifier->wildcard);
	buf_add(&text, view_bytes(thumbprint, CRYPTO_SHA256_LEN));
	buf_add_u32(&text, (uint32_t)identifier->value.len);
	buf_add(&text, identifier->value);
	buf_add(&text, token);
	int error = buf_error(&text);
	return error ? error : crypto_sha256(buf_view(&text), ret_subject->digest);
}

static bool lives(const struct entry *entry, xica_time now)
{
	return entry->number && now < entry->expires;
}

static struct entry *find(struct codes *codes, const struct code_subject *subject, xica_time now)
{
	for (size_t i = 0; i < codes->max; i++)
		if (lives(&codes->entries[i], now) && memcmp(codes->entries[i].subject.digest, subject->digest, sizeof(subject->digest)) == 0)
			return &codes->entries[i];
	return NULL;
}

static struct entry *find_room(struct codes *codes, xica_time now)
{
	for (size_t i = 0; i < codes->max; i++)
		if (!lives(&codes->entries[i], now))
			return &codes->entries[i];
	return NULL;
}

static void write_text(const char code[CODE_LEN], char ret_text[CODE_TEXT_SIZE])
{
	memcpy(ret_text, code, CODE_LEN / 2);
	ret_text[CODE_LEN / 2] = '-';
	memcpy(ret_text + CODE_LEN / 2 + 1, code + CODE_LEN / 2, CODE_LEN / 2);
	ret_text[CODE_LEN + 1] = 0;
}

int codes_make(struct codes *codes, const struct code_subject *subject, xica_time now, struct code *ret_code)
{
	uint8_t random[CODE_LEN];
	struct entry *entry = find(codes, subject, now);
	unsigned tries_left = entry ? entry->tries_left : CODE_TRIES;
	if (!entry && !(entry = find_room(codes, now)))
		return XICA_EAGAIN;
	int error = crypto_random(random, sizeof(random));
	if (error)
		return error;
	*entry = (struct entry){.number = ++codes->made, .subject = *subject, .expires = now + CODE_LIFETIME, .tries_left = tries_left};
	for (size_t i = 0; i < CODE_LEN; i++)
		entry->code[i] = ALPHABET[random[i] & 31];
	explicit_bzero(random, sizeof(random));
	*ret_code = (struct code){.expires = entry->expires, .tries_left = tries_left, .number = entry->number};
	write_text(entry->code, ret_code->text);
	return XICA_OK;
}

void codes_forget(struct codes *codes, uint64_t number)
{
	for (size_t i = 0; number && i < codes->max; i++)
		if (codes->entries[i].number == number)
			explicit_bzero(&codes->entries[i], sizeof(codes->entries[i]));
}

enum code_verdict codes_try(struct codes *codes, const struct code_subject *subject, struct view typed, xica_time now, unsigned *ret_tries_left)
{
	char code[CODE_LEN];
	struct entry *entry = find(codes, subject, now);
	if (!entry)
		return CODE_UNKNOWN;
	if (!code_normalise(typed, code) && crypto_equal(view_bytes(code, CODE_LEN), view_bytes(entry->code, CODE_LEN)))
		return CODE_RIGHT;
	*ret_tries_left = --entry->tries_left;
	if (!entry->tries_left)
		explicit_bzero(entry, sizeof(*entry));
	return CODE_WRONG;
}

size_t codes_count(const struct codes *codes, xica_time now)
{
	size_t count = 0;
	for (size_t i = 0; i < codes->max; i++)
		count += lives(&codes->entries[i], now);
	return count;
}

// 0: a character that no code has.
static char fold(uint8_t c)
{
	if (c >= 'a' && c <= 'z')
		c = (uint8_t)(c - 'a' + 'A');
	switch (c) {
	case 'O': return '0';
	case 'I':
	case 'L': return '1';
	case 'U': return 'V';
	default: return c && strchr(ALPHABET, c) ? (char)c : 0;
	}
}

int code_normalise(struct view typed, char ret_code[CODE_LEN])
{
	char code[CODE_LEN];
	size_t len = 0;
	for (size_t i = 0; i < typed.len; i++) {
		if (typed.ptr[i] == ' ' || typed.ptr[i] == '-' || typed.ptr[i] == '\t')
			continue;
		char c = fold(typed.ptr[i]);
		if (!c || len == CODE_LEN)
			return XICA_EPARSE;
		code[len++] = c;
	}
	if (len != CODE_LEN)
		return XICA_EPARSE;
	memcpy(ret_code, code, CODE_LEN);
	return XICA_OK;
}
